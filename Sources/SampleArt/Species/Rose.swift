/// Broad petals that close over each other towards a tight spiral.
enum Rose: Species {
    static let name = "rose"

    static let palettes = [
        Palette(Tone(0.38, 0.15, 0.06), Tone(0.60, 0.22, 0.06), heart: Tone(0.28, 0.11, 0.05)),
        Palette(Tone(0.56, 0.18, 0.0), Tone(0.80, 0.12, 0.0), heart: Tone(0.46, 0.17, 0.01)),
        Palette(Tone(0.74, 0.11, 0.14), Tone(0.92, 0.06, 0.18), heart: Tone(0.68, 0.14, 0.11)),
        Palette(Tone(0.78, 0.06, 0.27), Tone(0.96, 0.03, 0.27), heart: Tone(0.74, 0.09, 0.24)),
        Palette(Tone(0.62, 0.17, 0.12), Tone(0.84, 0.13, 0.19), heart: Tone(0.54, 0.17, 0.10)),
        Palette(Tone(0.44, 0.15, 0.92), Tone(0.70, 0.14, 0.94), heart: Tone(0.36, 0.13, 0.92)),
    ]

    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice
    ) {
        var head = Head(&dice, size: 0.72)
        head.squash = max(head.squash, 0.85)
        scene.drawStem(on: &canvas, to: head.centre, width: 0.08, leaves: 2, &dice)
        scene.drawCollar(on: &canvas, of: head, count: dice.whole(3, 5), &dice)
        let count = dice.whole(13, 17)
        for index in 0..<count {
            // From the outermost petal to the heart: smaller, nearer, more in shade.
            let inward = Float(index) / Float(count - 1)
            let reach = mix(1, 0.2, inward) * dice.near(1, 0.05)
            var petal = head.petal(
                turns: 0.381_966 * Float(index) + dice.near(0, 0.03), from: -0.25 * reach,
                to: reach, halfWidth: reach * dice.near(0.66, 0.05))
            petal.fullness = 0.3
            petal.notch = 0.05
            let paint = PetalPaint(
                base: mix(palette.base.colour, palette.heart.colour, inward),
                tip: palette.tip.shifted(lightness: -0.10 * inward).colour, turn: (0.4, 0.95),
                vein: 0.02, rim: 0.22, cup: 0.12, shadow: 0.3)
            canvas.draw(petal, paint, light: scene.light)
        }
        canvas.drawDisc(
            at: head.centre, radius: head.radius * 0.08, palette.heart.colour, opacity: 0.7,
            softness: head.radius * 0.05)
    }
}
