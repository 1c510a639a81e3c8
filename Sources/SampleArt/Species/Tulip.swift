/// A cup of upright petals seen from the side, between long leaves.
enum Tulip: Species {
    static let name = "tulip"

    static let palettes = [
        Palette(Tone(0.50, 0.19, 0.07), Tone(0.64, 0.22, 0.08), heart: Tone(0.40, 0.16, 0.06)),
        Palette(Tone(0.72, 0.15, 0.20), Tone(0.88, 0.16, 0.26), heart: Tone(0.64, 0.15, 0.17)),
        Palette(Tone(0.64, 0.16, 0.99), Tone(0.84, 0.09, 0.0), heart: Tone(0.54, 0.17, 0.99)),
        Palette(Tone(0.40, 0.15, 0.85), Tone(0.60, 0.17, 0.87), heart: Tone(0.32, 0.12, 0.84)),
        Palette(Tone(0.62, 0.20, 0.10), Tone(0.84, 0.15, 0.21), heart: Tone(0.54, 0.19, 0.08)),
        Palette(Tone(0.86, 0.05, 0.33), Tone(0.97, 0.02, 0.27), heart: Tone(0.78, 0.07, 0.32)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        let base = Point(dice.near(0, 0.12), dice.near(0.32, 0.08))
        let height = dice.near(1.0, 0.14)
        let lean = dice.near(0, 0.035)
        let openness = dice.between(0.02, 0.09)
        drawLeaves(on: &canvas, scene, around: base, &dice)
        scene.drawStem(on: &canvas, to: base, width: 0.1, leaves: 0, &dice)
        // From back to front: turn from upright, length, half width, shade.
        let back = palette.heart.colour
        let rows: [(turn: Float, length: Float, width: Float, inside: Bool)] = [
            (-0.35, 0.98, 0.22, true), (0.35, 0.98, 0.22, true), (0, 1.02, 0.24, true),
            (-1, 0.95, 0.25, false), (1, 0.95, 0.25, false),
            (dice.near(0, 0.25), 0.86, 0.29, false),
        ]
        for row in rows {
            var petal = Petal(
                base: base + Point(row.turn * 0.06, 0.03),
                axis: direction(turns: 0.75 + lean + row.turn * openness),
                length: height * row.length * dice.near(1, 0.04),
                halfWidth: height * row.width * dice.near(1, 0.08))
            petal.fullness = -0.18
            petal.sharpness = 0.8
            petal.bend = row.turn * -0.04
            let paint = PetalPaint(
                base: row.inside ? back : palette.base.colour,
                tip: row.inside
                    ? mix(back, palette.tip.colour, 0.45) : palette.tip.colour,
                turn: (0.1, 0.85), vein: 0.1, rim: 0.12, cup: 0.16, shadow: 0.28)
            canvas.draw(petal, paint, light: scene.light)
        }
    }

    private static func drawLeaves(
        on canvas: inout Canvas, _ scene: Scene, around base: Point, _ dice: inout Dice
    ) {
        for side: Float in [-1, 1] {
            let tone = scene.leaf.shifted(lightness: dice.near(0.02, 0.05), hue: 0.02)
            let shape = Petal(
                base: Point(base.x + side * 0.05, 1.15),
                axis: direction(turns: 0.75 + side * dice.between(0.03, 0.09)),
                length: dice.between(1.0, 1.5), halfWidth: dice.between(0.13, 0.19),
                fullness: -0.2, sharpness: 0.97, bend: side * dice.between(0.02, 0.2))
            canvas.draw(
                shape,
                PetalPaint(
                    base: tone.shifted(lightness: -0.12).colour,
                    tip: tone.shifted(lightness: 0.1).colour, vein: 0.2, rim: 0, cup: 0.16,
                    shadow: 0.2),
                light: scene.light)
        }
    }
}
