"""Mouse, pen and fingers as one pointer that is pressed, moved and lifted."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEventPoint,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

_TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)
_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)


@dataclass(frozen=True)
class Pointer:
    position: QPointF  # on the widget
    pressure: float = 1.0
    is_eraser: bool = False  # a pen's other end
    is_right: bool = False  # by the right button, or that of a pen


class PointerArea(QWidget):
    """One pointer counts at a time: of several fingers the first, and of the buttons the one that was pressed first.

    For those who inherit: `_on_pressed`, then `_on_moved`, then `_on_lifted`, or `_on_cancelled`. `_on_moved` comes
    while nothing is pressed, too. A right button that was lifted where it was pressed, or the menu key, is
    `_on_menu_asked`; where the right button is lifted, `_on_lifted` comes first.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self._button = Qt.MouseButton.NoButton
        self._pressed_at = QPointF()
        self._finger: int | None = None

    def _on_pressed(self, pointer: Pointer) -> None: ...

    def _on_moved(self, pointer: Pointer) -> None: ...

    def _on_lifted(self) -> None: ...

    def _on_cancelled(self) -> None: ...

    def _on_menu_asked(self, where: QPoint) -> None: ...

    def _forget_pointer(self) -> None:
        """What is pressed counts no more: its lifting is not told."""
        self._button = Qt.MouseButton.NoButton
        self._finger = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press(event.button(), Pointer(event.position(), is_right=event.button() == Qt.MouseButton.RightButton))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._on_moved(Pointer(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == self._button:
            self._on_moved(Pointer(event.position()))
        self._release(event.button(), event.position())

    def tabletEvent(self, event: QTabletEvent) -> None:
        pointer = Pointer(
            event.position(),
            event.pressure(),
            event.pointerType() == QPointingDevice.PointerType.Eraser,
            event.button() == Qt.MouseButton.RightButton,
        )
        if event.type() == QEvent.Type.TabletPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._press(event.button(), pointer)
        elif event.type() == QEvent.Type.TabletMove:
            self._on_moved(pointer)
        elif event.type() == QEvent.Type.TabletRelease:
            # The pen has left the paper: its pressure is 0 by now, and the last point keeps its own.
            self._release(event.button(), event.position())
        event.accept()  # else Qt makes a mouse event of it, and all is done twice

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and event.type() in _TOUCHES:
            self._touch(event)
            event.accept()
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:  # the mouse's own comes when the button is released
            self._on_menu_asked(self.mapToGlobal(self.rect().center()))

    def _press(self, button: Qt.MouseButton, pointer: Pointer) -> None:
        if self._button == Qt.MouseButton.NoButton and button in _BUTTONS:
            self._button, self._pressed_at = button, pointer.position
            self._on_pressed(pointer)

    def _release(self, button: Qt.MouseButton, position: QPointF) -> None:
        if button != self._button:
            return
        self._button = Qt.MouseButton.NoButton
        self._on_lifted()
        if button == Qt.MouseButton.RightButton and position == self._pressed_at:
            self._on_menu_asked(self.mapToGlobal(position.toPoint()))

    def _touch(self, event: QTouchEvent) -> None:
        if event.type() == QEvent.Type.TouchCancel:
            self._finger = None
            self._on_cancelled()
            return
        if self._finger is None and event.type() == QEvent.Type.TouchBegin:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._finger = event.points()[0].id()
            self._on_pressed(Pointer(event.points()[0].position(), event.points()[0].pressure()))
        for point in event.points():
            if point.id() == self._finger:
                self._on_moved(Pointer(point.position(), point.pressure()))
                if point.state() == QEventPoint.State.Released:
                    self._finger = None
                    self._on_lifted()
