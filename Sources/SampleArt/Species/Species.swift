/// A kind of flower: its colours, and how it is drawn.
protocol Species: SendableMetatype {
    /// The name of its folder in a data set.
    static var name: String { get }
    /// Petal colours to choose from, from base to tip.
    static var palettes: [Palette] { get }
    /// Draws one on a canvas that has its background.
    static func draw(
        on canvas: inout Canvas, _ scene: Scene, _ palette: Palette, _ dice: inout Dice)
}

/// The colours of a flower.
struct Palette {
    /// Petals where they grow from.
    var base: Tone
    /// Petals at their ends.
    var tip: Tone
    /// The middle.
    var heart: Tone

    init(_ base: Tone, _ tip: Tone, heart: Tone) {
        self.base = base
        self.tip = tip
        self.heart = heart
    }

    /// These colours, all a little lighter, more vivid or turned.
    func varied(_ dice: inout Dice) -> Palette {
        let lightness = dice.near(0, 0.04)
        let chroma = dice.near(1, 0.15)
        let hue = dice.near(0, 0.018)
        func vary(_ tone: Tone) -> Tone {
            tone.shifted(lightness: lightness, chroma: chroma, hue: hue)
        }
        return Palette(vary(base), vary(tip), heart: heart.shifted(hue: hue / 2))
    }
}
