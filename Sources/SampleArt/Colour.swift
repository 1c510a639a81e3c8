/// Red, green and blue, 0...1, as the bytes of the picture will be.
typealias Colour = SIMD3<Float>

func mix(_ a: Colour, _ b: Colour, _ t: Float) -> Colour { a + (b - a) * t }

/// A colour by how it looks: Ottosson 2020, "A perceptual color space for image processing"
/// (OKLab), https://bottosson.github.io/posts/oklab/, in polar form.
struct Tone {
    /// 0 is black, 1 white.
    var lightness: Float
    /// 0 is grey, 0.3 about as vivid as a screen can be.
    var chroma: Float
    /// In turns: 0.05 red, 0.15 orange, 0.28 yellow, 0.4 green, 0.7 blue, 0.85 violet, 0.98 pink.
    var hue: Float

    init(_ lightness: Float, _ chroma: Float, _ hue: Float) {
        self.lightness = lightness
        self.chroma = chroma
        self.hue = hue
    }

    /// This colour moved a little.
    func shifted(lightness: Float = 0, chroma: Float = 1, hue: Float = 0) -> Tone {
        Tone(clamp(self.lightness + lightness, 0, 1), self.chroma * chroma, self.hue + hue)
    }

    /// The colour of the screen. Encoded by a square root where sRGB has a power of 1 / 2.4: no
    /// eye can tell in a painting, and it is the same on every machine.
    var colour: Colour {
        let a = chroma * cosine(turns: hue)
        let b = chroma * sine(turns: hue)
        var l = lightness + 0.396_337_8 * a + 0.215_803_8 * b
        var m = lightness - 0.105_561_3 * a - 0.063_854_2 * b
        var s = lightness - 0.089_484_2 * a - 1.291_485_5 * b
        l = l * l * l
        m = m * m * m
        s = s * s * s
        let linear = Colour(
            4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_9 * s,
            -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
            -0.004_196_1 * l - 0.703_418_6 * m + 1.707_614_7 * s)
        return linear.clamped(lowerBound: Colour(repeating: 0), upperBound: Colour(repeating: 1))
            .squareRoot()
    }
}
