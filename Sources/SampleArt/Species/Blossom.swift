/// Five notched petals of a fruit tree, with stamens.
enum Blossom: Species {
    static let name = "blossom"

    static let palettes = [
        Palette(Tone(0.70, 0.15, 0.99), Tone(0.93, 0.05, 0.0), heart: Tone(0.52, 0.17, 0.02)),
        Palette(Tone(0.86, 0.06, 0.33), Tone(0.98, 0.01, 0.20), heart: Tone(0.66, 0.12, 0.35)),
        Palette(Tone(0.58, 0.20, 0.98), Tone(0.80, 0.13, 0.97), heart: Tone(0.44, 0.17, 0.0)),
        Palette(Tone(0.64, 0.18, 0.08), Tone(0.86, 0.10, 0.10), heart: Tone(0.50, 0.17, 0.06)),
        Palette(Tone(0.60, 0.13, 0.74), Tone(0.86, 0.07, 0.76), heart: Tone(0.92, 0.10, 0.28)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        let head = Head(&dice, size: 0.74)
        drawTwig(on: &canvas, scene, to: head, &dice)
        let count = dice.unit() < 0.8 ? 5 : 6
        let width = dice.near(0.44, 0.05) * 5 / Float(count)
        let notch = dice.between(0.04, 0.2)
        let paint = PetalPaint(
            base: palette.base.colour, tip: palette.tip.colour, turn: (0.05, 0.7), vein: 0.08,
            rim: 0.1, cup: 0.09, shadow: 0.24)
        for index in 0..<count {
            var petal = head.petal(
                turns: (Float(index) + dice.near(0, 0.08)) / Float(count), from: 0,
                to: dice.near(1, 0.06), halfWidth: width * dice.near(1, 0.06))
            petal.fullness = 0.42
            petal.notch = notch
            petal.bend = dice.near(0, 0.06)
            canvas.draw(petal, paint, light: scene.light)
        }
        let heart = palette.heart.colour
        canvas.drawDisc(
            at: head.centre, radius: head.radius * 0.17, heart, opacity: 0.75,
            softness: head.radius * 0.1)
        let pollen = Tone(0.88, 0.16, 0.26).colour
        let stamens = dice.whole(9, 14)
        for index in 0..<stamens {
            let turns = (Float(index) + dice.near(0, 0.3)) / Float(stamens)
            let end = head.point(turns: turns, distance: head.radius * dice.between(0.24, 0.4))
            canvas.drawLine(
                from: head.centre, to: end, width: (0.03, 0.02), mix(heart, pollen, 0.35),
                shade: heart)
            canvas.drawDisc(at: end, radius: head.radius * 0.05, pollen)
        }
    }

    private static func drawTwig(
        on canvas: inout Canvas, _ scene: Scene, to head: Head, _ dice: inout Dice
    ) {
        let side: Float = dice.unit() < 0.5 ? 1 : -1
        let bark = Tone(dice.near(0.42, 0.06), 0.05, 0.14)
        let start = Point(side * 1.1, dice.between(0.4, 1.1))
        let end = Point(-side * dice.between(0.5, 1.1), dice.between(-0.1, 0.6))
        canvas.drawLine(
            from: start, to: end, width: (0.13, 0.05), bend: dice.near(0, 0.15),
            bark.shifted(lightness: 0.08).colour, shade: bark.shifted(lightness: -0.1).colour)
        scene.drawCollar(on: &canvas, of: head, count: dice.whole(1, 3), &dice)
    }
}
