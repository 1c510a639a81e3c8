/// Five round petals, the lower ones with dark faces, around a yellow eye.
enum Pansy: Species {
    static let name = "pansy"

    static let palettes = [
        Palette(Tone(0.40, 0.17, 0.81), Tone(0.60, 0.17, 0.83), heart: Tone(0.22, 0.08, 0.82)),
        Palette(Tone(0.78, 0.15, 0.24), Tone(0.90, 0.15, 0.28), heart: Tone(0.26, 0.09, 0.06)),
        Palette(Tone(0.46, 0.15, 0.73), Tone(0.70, 0.12, 0.72), heart: Tone(0.20, 0.08, 0.77)),
        Palette(Tone(0.86, 0.05, 0.85), Tone(0.97, 0.02, 0.30), heart: Tone(0.34, 0.15, 0.84)),
        Palette(Tone(0.42, 0.16, 0.05), Tone(0.58, 0.19, 0.06), heart: Tone(0.20, 0.07, 0.04)),
        Palette(Tone(0.70, 0.16, 0.14), Tone(0.84, 0.13, 0.18), heart: Tone(0.30, 0.11, 0.07)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        var head = Head(&dice, size: 0.74)
        head.rotation = dice.near(0, 0.035)
        scene.drawStem(on: &canvas, to: head.centre, width: 0.06, leaves: 2, &dice)
        scene.drawCollar(on: &canvas, of: head, count: dice.whole(2, 4), &dice)
        // Sometimes the two upper petals are of the colour of the faces.
        let upper =
            dice.unit() < 0.4
            ? (palette.heart.shifted(lightness: 0.14), palette.heart.shifted(lightness: 0.26))
            : (palette.base.shifted(lightness: -0.06), palette.tip.shifted(lightness: -0.04))
        let width = dice.near(0.5, 0.05)
        func petal(_ turns: Float, _ length: Float, _ halfWidth: Float, _ notch: Float) -> Petal {
            var shape = head.petal(turns: turns, from: -0.12, to: length, halfWidth: halfWidth)
            shape.fullness = 0.38
            shape.notch = notch
            return shape
        }
        let back = PetalPaint(
            base: upper.0.colour, tip: upper.1.colour, vein: 0.05, rim: 0.14, cup: 0.1,
            shadow: 0.28)
        for turns: Float in [0.655, 0.845] {
            canvas.draw(
                petal(turns + dice.near(0, 0.012), dice.near(1, 0.05), width, 0.04), back,
                light: scene.light)
        }
        let front = PetalPaint(
            base: palette.base.colour, tip: palette.tip.colour, turn: (0.35, 0.9), vein: 0.04,
            rim: 0.14, cup: 0.1, shadow: 0.28)
        for turns: Float in [0.45, 0.05] {
            let shape = petal(turns + dice.near(0, 0.012), dice.near(0.9, 0.05), width * 0.95, 0.03)
            canvas.draw(shape, front, light: scene.light)
            drawFace(on: &canvas, shape, palette, share: 0.62, scene)
        }
        let lower = petal(0.25 + dice.near(0, 0.015), dice.near(0.95, 0.05), width * 1.2, 0.1)
        canvas.draw(lower, front, light: scene.light)
        drawFace(on: &canvas, lower, palette, share: 0.68, scene)
        let eye = head.point(turns: 0.25, distance: head.radius * 0.06)
        canvas.drawDome(
            at: eye, radius: head.radius * 0.13, Tone(0.90, 0.17, 0.27).colour,
            rim: Tone(0.78, 0.17, 0.20).colour, light: scene.light)
    }

    /// The dark mark on a petal: rays from its base.
    private static func drawFace(
        on canvas: inout Canvas, _ petal: Petal, _ palette: Palette, share: Float, _ scene: Scene
    ) {
        let colour = palette.heart.colour
        for ray in -2...2 {
            let turn = Float(ray) * 0.075
            let axis =
                petal.axis * cosine(turns: turn) + perpendicular(petal.axis) * sine(turns: turn)
            let shape = Petal(
                base: petal.base, axis: axis,
                length: petal.length * share * (1 - 0.07 * Float(abs(ray))),
                halfWidth: petal.halfWidth * 0.2, fullness: 0.3, sharpness: 0.5)
            let paint = PetalPaint(
                base: colour, tip: mix(colour, palette.base.colour, 0.25), vein: 0, rim: 0, cup: 0,
                shadow: 0)
            canvas.draw(shape, paint, light: scene.light)
        }
    }
}
