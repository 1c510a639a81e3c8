/// What is around a flower: light, background, stem and leaves.
struct Scene {
    /// A unit vector towards the light.
    let light: Point
    let leaf: Tone
    private let upper: Tone
    private let lower: Tone
    private let glow: Tone

    /// Backgrounds by what they are made of: top, bottom, glow.
    private static let skies: [(Tone, Tone, Tone)] = [
        (Tone(0.80, 0.07, 0.66), Tone(0.88, 0.06, 0.36), Tone(0.96, 0.04, 0.27)),  // spring sky
        (Tone(0.62, 0.09, 0.39), Tone(0.42, 0.08, 0.41), Tone(0.80, 0.11, 0.33)),  // meadow
        (Tone(0.91, 0.03, 0.20), Tone(0.84, 0.05, 0.15), Tone(0.97, 0.02, 0.25)),  // cream
        (Tone(0.34, 0.06, 0.76), Tone(0.24, 0.05, 0.70), Tone(0.50, 0.09, 0.82)),  // dusk
        (Tone(0.40, 0.06, 0.52), Tone(0.26, 0.04, 0.50), Tone(0.60, 0.07, 0.47)),  // pond
        (Tone(0.83, 0.06, 0.85), Tone(0.88, 0.05, 0.02), Tone(0.95, 0.03, 0.10)),  // dawn
        (Tone(0.76, 0.08, 0.56), Tone(0.66, 0.09, 0.46), Tone(0.91, 0.05, 0.42)),  // mint
    ]

    init(_ dice: inout Dice, avoiding hue: Float, lightness: Float) {
        light = direction(turns: dice.near(0.66, 0.08))
        // The background that the petals stand out from, of two tries.
        func contrast(_ sky: (Tone, Tone, Tone)) -> Float {
            let turn = abs((sky.0.hue - hue) - (sky.0.hue - hue).rounded())
            return abs(sky.0.lightness - lightness) * 2 + turn * min(1, sky.0.chroma * 10)
        }
        let first = dice.pick(Self.skies)
        let second = dice.pick(Self.skies)
        let sky = contrast(first) >= contrast(second) ? first : second
        let hueShift = dice.near(0, 0.03)
        let lightShift = dice.near(0, 0.06)
        upper = sky.0.shifted(lightness: lightShift, hue: hueShift)
        lower = sky.1.shifted(lightness: lightShift, hue: hueShift)
        glow = sky.2.shifted(lightness: lightShift, hue: hueShift)
        leaf = Tone(dice.near(0.52, 0.08), dice.near(0.12, 0.03), dice.near(0.385, 0.03))
    }

    /// A gradient, a glow where the light is, and a few spots that are out of focus.
    func drawBackground(on canvas: inout Canvas, _ dice: inout Dice) {
        let (top, bottom, bright) = (upper.colour, lower.colour, glow.colour)
        let shine = light * dice.between(0.5, 0.9)
        canvas.fill { point in
            let plain = mix(top, bottom, smoothstep(-1, 1, point.y + 0.2 * point.x * light.x))
            let near = 1 - smoothstep(0, 1.5, length(point - shine))
            return mix(plain, bright, near * 0.75)
        }
        for _ in 0..<dice.whole(2, 5) {
            let place = Point(dice.between(-1, 1), dice.between(-1, 1))
            let radius = dice.between(0.1, 0.28)
            let spot = dice.pick([bright, top, bottom])
            canvas.drawDisc(
                at: place, radius: radius, mix(spot, bright, 0.3),
                opacity: dice.between(0.2, 0.5), softness: radius * 0.4)
        }
    }

    /// A stem from the bottom of the picture to the head, with leaves on its sides.
    func drawStem(
        on canvas: inout Canvas, to head: Point, width: Float, leaves: Int, _ dice: inout Dice
    ) {
        let foot = Point(head.x + dice.near(0, 0.25), 1.1)
        let bend = dice.near(0, 0.08)
        let bright = leaf.shifted(lightness: 0.1).colour
        let dark = leaf.shifted(lightness: -0.12).colour
        let paint = PetalPaint(
            base: dark, tip: bright, vein: 0.25, rim: 0, cup: 0.15, shadow: 0.25)
        canvas.drawLine(
            from: foot, to: head, width: (width * 1.2, width), bend: bend, bright, shade: dark)
        var side: Float = dice.unit() < 0.5 ? 1 : -1
        for index in 0..<leaves {
            let share = mix(0.15, 0.45, (Float(index) + dice.unit()) / Float(max(1, leaves)))
            let turns = 0.75 + side * dice.near(0.14, 0.05)
            let leafShape = Petal(
                base: foot + (head - foot) * share, axis: direction(turns: turns),
                length: dice.between(0.5, 0.75), halfWidth: dice.between(0.1, 0.17),
                fullness: 0.1, sharpness: 0.95, bend: side * dice.between(0.05, 0.25))
            canvas.draw(leafShape, paint, light: light)
            side = -side
        }
    }

    /// Leaves that look out from behind the head.
    func drawCollar(on canvas: inout Canvas, of head: Head, count: Int, _ dice: inout Dice) {
        let offset = dice.unit()
        for index in 0..<count {
            let tone = leaf.shifted(lightness: dice.near(-0.03, 0.05))
            var shape = head.petal(
                turns: offset + (Float(index) + dice.near(0, 0.2)) / Float(count), from: 0.3,
                to: dice.between(1.1, 1.35), halfWidth: dice.between(0.2, 0.3))
            shape.sharpness = 0.95
            shape.bend = dice.near(0, 0.15)
            canvas.draw(
                shape,
                PetalPaint(
                    base: tone.shifted(lightness: -0.12).colour,
                    tip: tone.shifted(lightness: 0.06).colour, vein: 0.25, rim: 0, cup: 0.14,
                    shadow: 0.2),
                light: light)
        }
    }
}
