"""The one exception for what a user can put right."""


class InputError(Exception):
    """Something that the user gave cannot be used; the message says what is wrong and what to do.

    The command line prints the message and exits with 2; the window shows it. Anything else that is raised is a fault
    of the program.
    """
