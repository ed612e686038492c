//! What the mouse may do: tabs, rows, the wheel. Nothing can be done with it alone.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::bindings::can_go;
use super::{App, Order};
use crate::tui::keys::{Action, Move};
use crate::tui::tab::Protocol;
use crate::tui::tasks::Place;

/// How many rows a notch of the wheel is.
const NOTCH: usize = 3;

impl<N: Protocol> App<N> {
    /// Takes a mouse report; a dialog or an overlay takes none but the wheel.
    pub fn point(&mut self, mouse: MouseEvent) -> Vec<Order<N>> {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(Move::Up),
            MouseEventKind::ScrollDown => self.wheel(Move::Down),
            MouseEventKind::Down(MouseButton::Left)
                if self.dialog.is_none() && self.overlay.is_none() =>
            {
                self.click(Position::new(mouse.column, mouse.row))
            }
            _ => Vec::new(),
        }
    }

    fn click(&mut self, at: Position) -> Vec<Order<N>> {
        let areas = self.areas();
        if areas.bar.contains(at) {
            return match self.tab_at(at.x, areas.bar.width) {
                Some(index) => self.show(Place::Tab(index)),
                None => Vec::new(),
            };
        }
        if !areas.body.contains(at) {
            return Vec::new();
        }
        let place = self.place;
        let effects = self.place_mut(place).map(|tab| tab.point(at, areas.body));
        self.carry_out(place, effects.unwrap_or_default())
    }

    fn wheel(&mut self, step: Move) -> Vec<Order<N>> {
        use crate::tui::overlay::Overlay;
        let log_length = self.notices.log().len();
        match (&self.dialog, &mut self.overlay) {
            (None, Some(Overlay::Log(reading))) => {
                for _ in 0..NOTCH {
                    reading.go(step, log_length);
                }
                return Vec::new();
            }
            (None, Some(Overlay::Help(help))) => {
                for _ in 0..NOTCH {
                    help.go(step);
                }
                return Vec::new();
            }
            (Some(_), _) | (None, Some(Overlay::Palette(_))) => return Vec::new(),
            (None, None) => {}
        }
        let place = self.place;
        let mut orders = Vec::new();
        if can_go(&self.bindings(), step) {
            for _ in 0..NOTCH {
                orders.extend(self.act(place, Action::Move(step)));
            }
        }
        orders
    }
}
