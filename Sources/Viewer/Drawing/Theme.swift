/// A colour with straight alpha.
package struct Colour: Sendable, Hashable {
    /// Red, green, blue and alpha, 0...255.
    package var red, green, blue, alpha: UInt8

    /// A colour as 0xRRGGBB.
    package init(_ hex: UInt32, alpha: Double = 1) {
        red = UInt8(hex >> 16 & 255)
        green = UInt8(hex >> 8 & 255)
        blue = UInt8(hex & 255)
        self.alpha = UInt8(min(max(alpha, 0), 1) * 255)
    }

    /// The same colour, more transparent.
    package func faded(_ factor: Double) -> Colour {
        var colour = self
        colour.alpha = UInt8(Double(alpha) * min(max(factor, 0), 1))
        return colour
    }

    /// As the draw list wants it: red in the lowest byte.
    var packed: UInt32 {
        UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16 | UInt32(alpha) << 24
    }
}

/// The window's colours and measures: a dark room, so that the pictures are what shines.
package enum Theme {
    package static let background = Colour(0x121418)
    package static let panel = Colour(0x1A1D23)
    package static let well = Colour(0x15171C)
    package static let raised = Colour(0x272B34)
    package static let hovered = Colour(0x333945)
    package static let pressed = Colour(0x3D4452)
    package static let outline = Colour(0x2A2F39)
    package static let grid = Colour(0x262A33)
    package static let text = Colour(0xE7E9ED)
    package static let muted = Colour(0x9AA1AE)
    package static let faint = Colour(0x6C7380)
    package static let accent = Colour(0x7FB0F2)
    package static let onAccent = Colour(0x10131A)
    package static let shade = Colour(0x0A0B0E, alpha: 0.8)
    package static let deepShade = Colour(0x0A0B0E, alpha: 0.94)

    package static let blue = Colour(0x74A9F0)
    package static let amber = Colour(0xE9B35F)
    package static let green = Colour(0x6FC79B)
    package static let rose = Colour(0xE58391)
    package static let violet = Colour(0xAE95EA)

    package static let panelRadius: Float = 8
    package static let buttonRadius: Float = 6

    package static func colour(of hue: SeriesDescription.Hue) -> Colour {
        switch hue {
        case .blue: blue
        case .amber: amber
        case .green: green
        case .rose: rose
        case .violet: violet
        }
    }

    package static func colour(of state: RunState) -> Colour {
        switch state {
        case .starting: accent
        case .running: green
        case .paused: amber
        case .finished: accent
        case .stopped: muted
        case .failed, .lost: rose
        }
    }
}
