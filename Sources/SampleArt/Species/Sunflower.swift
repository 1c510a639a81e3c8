/// Pointed golden petals around a wide, dark head of seeds.
enum Sunflower: Species {
    static let name = "sunflower"

    static let palettes = [
        Palette(Tone(0.72, 0.17, 0.18), Tone(0.88, 0.17, 0.25), heart: Tone(0.34, 0.07, 0.13)),
        Palette(Tone(0.64, 0.18, 0.14), Tone(0.82, 0.17, 0.21), heart: Tone(0.30, 0.06, 0.10)),
        Palette(Tone(0.50, 0.16, 0.09), Tone(0.80, 0.16, 0.20), heart: Tone(0.26, 0.05, 0.08)),
        Palette(Tone(0.82, 0.15, 0.26), Tone(0.94, 0.12, 0.29), heart: Tone(0.40, 0.08, 0.18)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        let head = Head(&dice, size: 0.80)
        scene.drawStem(
            on: &canvas, to: head.centre, width: 0.11, leaves: dice.whole(1, 3), &dice)
        let count = dice.whole(13, 19)
        let width = dice.between(0.9, 1.15) * 1.9 / Float(count)
        for row in 0..<2 {
            let lightness: Float = row == 0 ? -0.07 : 0
            let paint = PetalPaint(
                base: palette.base.shifted(lightness: lightness).colour,
                tip: palette.tip.shifted(lightness: lightness).colour, turn: (0.3, 0.85),
                vein: 0.14, rim: 0.04, cup: 0.1, shadow: 0.22)
            for index in 0..<count {
                let turns = (Float(index) + (row == 0 ? 0.5 : 0) + dice.near(0, 0.2)) / Float(count)
                var petal = head.petal(
                    turns: turns, from: 0.25, to: dice.near(row == 0 ? 1.02 : 0.95, 0.07),
                    halfWidth: width)
                petal.fullness = -0.05
                petal.sharpness = 0.92
                petal.bend = dice.near(0, 0.1)
                canvas.draw(petal, paint, light: scene.light)
            }
        }
        let heart = head.radius * dice.between(0.42, 0.5)
        canvas.drawDome(
            at: head.centre, radius: heart, palette.heart.shifted(lightness: 0.06).colour,
            rim: palette.heart.shifted(lightness: -0.06).colour, light: scene.light)
        canvas.drawSeeds(
            head, count: 70, radius: heart * 0.9, seed: heart * 0.075,
            inner: Tone(0.52, 0.10, 0.28).colour,
            outer: palette.heart.shifted(lightness: 0.2, chroma: 1.4).colour)
        canvas.drawDisc(
            at: head.centre, radius: heart * 0.3, Tone(0.45, 0.09, 0.33).colour, opacity: 0.45,
            softness: heart * 0.2)
    }
}
