/// Long petals in two rows around a yellow dome.
enum Daisy: Species {
    static let name = "daisy"

    static let palettes = [
        Palette(Tone(0.88, 0.03, 0.30), Tone(0.98, 0.01, 0.25), heart: Tone(0.83, 0.16, 0.23)),
        Palette(Tone(0.80, 0.09, 0.98), Tone(0.95, 0.03, 0.0), heart: Tone(0.84, 0.16, 0.24)),
        Palette(Tone(0.62, 0.15, 0.82), Tone(0.82, 0.09, 0.84), heart: Tone(0.85, 0.16, 0.25)),
        Palette(Tone(0.62, 0.19, 0.98), Tone(0.80, 0.12, 0.97), heart: Tone(0.80, 0.15, 0.22)),
        Palette(Tone(0.66, 0.11, 0.70), Tone(0.87, 0.06, 0.72), heart: Tone(0.86, 0.15, 0.26)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        let head = Head(&dice, size: 0.76)
        scene.drawStem(
            on: &canvas, to: head.centre, width: 0.07, leaves: dice.whole(1, 2), &dice)
        let count = dice.whole(10, 16)
        let width = dice.between(0.85, 1.1) * 1.7 / Float(count)
        let heartRadius = dice.between(0.26, 0.34)
        for row in 0..<2 {
            let lightness: Float = row == 0 ? -0.06 : 0
            let paint = PetalPaint(
                base: palette.base.shifted(lightness: lightness).colour,
                tip: palette.tip.shifted(lightness: lightness).colour, turn: (0.15, 0.75),
                vein: 0.1, rim: 0.05, cup: 0.08, shadow: row == 0 ? 0.2 : 0.16)
            for index in 0..<count {
                let place = Float(index) + (row == 0 ? 0.5 : 0) + dice.near(0, 0.18)
                var petal = head.petal(
                    turns: place / Float(count), from: 0.1,
                    to: dice.near(row == 0 ? 1.0 : 0.96, 0.07),
                    halfWidth: width)
                petal.fullness = 0.35
                petal.bend = dice.near(0, 0.08)
                canvas.draw(petal, paint, light: scene.light)
            }
        }
        let heart = heartRadius * head.radius
        canvas.drawDome(
            at: head.centre, radius: heart, palette.heart.colour,
            rim: palette.heart.shifted(lightness: -0.18, hue: -0.04).colour, light: scene.light)
        canvas.drawSeeds(
            head, count: 26, radius: heart * 0.8, seed: heart * 0.1,
            inner: palette.heart.shifted(lightness: -0.06, hue: 0.02).colour,
            outer: palette.heart.shifted(lightness: 0.08).colour)
    }
}
