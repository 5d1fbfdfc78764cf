//! The simulation itself: flocks that wander about, without any input or output.

use crate::protocol::{Place, Position, World};

const COLUMNS: u8 = 6;
const ROWS: u8 = 4;
/// A region's sides.
const REGION: f32 = 500.0;
const WIDTH: f32 = COLUMNS as f32 * REGION;
const HEIGHT: f32 = ROWS as f32 * REGION;
const POSITIONS: u16 = 480;
const FLOCKS: u8 = 6;
/// So many units a second, and no faster.
const FASTEST: f32 = 150.0;
/// The milliseconds between two steps.
pub(crate) const TICK: u16 = 50;

/// What moves.
struct Body {
    place: [f32; 2],
    speed: [f32; 2],
}

/// All that moves.
pub(crate) struct Simulation {
    bodies: Vec<Body>,
    seconds: f32,
}

impl Simulation {
    pub(crate) fn new() -> Self {
        let body = |id| Body { place: goal(id, 0.0), speed: [0.0; 2] };
        Self { bodies: (0..u32::from(POSITIONS)).map(body).collect(), seconds: 0.0 }
    }

    pub(crate) const fn world() -> World {
        World {
            width: tenths(WIDTH),
            height: tenths(HEIGHT),
            columns: COLUMNS,
            rows: ROWS,
            positions: POSITIONS,
            flocks: FLOCKS,
            tick: TICK,
        }
    }

    /// Moves everything by a tick.
    pub(crate) fn step(&mut self) {
        let elapsed = f32::from(TICK) / 1_000.0;
        self.seconds += elapsed;
        for (id, body) in (0..).zip(&mut self.bodies) {
            let goal = goal(id, self.seconds);
            for ((goal, place), speed) in goal.iter().zip(body.place).zip(&mut body.speed) {
                *speed += (1.5 * (goal - place) - 0.9 * *speed) * elapsed;
            }
            let speed = body.speed[0].hypot(body.speed[1]);
            let brake = FASTEST / speed.max(FASTEST);
            body.speed = body.speed.map(|speed| speed * brake);
            body.place[0] = (body.place[0] + body.speed[0] * elapsed).clamp(0.0, WIDTH - 1.0);
            body.place[1] = (body.place[1] + body.speed[1] * elapsed).clamp(0.0, HEIGHT - 1.0);
        }
    }

    /// What is where, region by region.
    pub(crate) fn regions(&self) -> Vec<Vec<Place>> {
        let mut regions: Vec<_> = (0..COLUMNS * ROWS).map(|_| Vec::new()).collect();
        for (id, body) in (0..).zip(&self.bodies) {
            let [column, row] = body.place.map(|place| (place / REGION) as usize);
            let Position { x, y } = body.position();
            regions[row * usize::from(COLUMNS) + column].push(Place { id, x, y });
        }
        regions
    }

    pub(crate) fn position(&self, id: u32) -> Option<Position> {
        self.bodies.get(id as usize).map(Body::position)
    }
}

impl Body {
    fn position(&self) -> Position {
        let [x, y] = self.place.map(tenths);
        Position { x, y }
    }
}

const fn tenths(length: f32) -> u16 {
    (length * 10.0) as u16
}

/// What a body is after: a place on a ring around its flock's middle, which wanders.
fn goal(id: u32, seconds: f32) -> [f32; 2] {
    let flock = (id % u32::from(FLOCKS)) as f32;
    let number = (id / u32::from(FLOCKS)) as f32;
    let turn = seconds * 0.05 * (1.0 + 0.2 * flock) + flock * 1.9;
    let middle =
        [WIDTH * (0.5 + 0.38 * turn.sin()), HEIGHT * (0.5 + 0.36 * (1.4 * turn + 0.6 * flock).cos())];
    // The golden angle spreads them evenly.
    let angle = number * 2.4 + seconds * if flock % 2.0 == 0.0 { 0.35 } else { -0.35 };
    let radius = 22.0 * number.sqrt() * (1.0 + 0.25 * (seconds * 0.7 + number).sin());
    [middle[0] + radius * angle.cos(), middle[1] + radius * angle.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_somewhere_at_all_times() {
        let mut simulation = Simulation::new();
        for _ in 0..2_000 {
            simulation.step();
            let regions = simulation.regions();
            assert_eq!(regions.iter().map(Vec::len).sum::<usize>(), usize::from(POSITIONS));
        }
    }
}
