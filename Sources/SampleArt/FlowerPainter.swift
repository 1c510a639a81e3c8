public import Imaging
import TensorCore

/// Draws flowers. A seed gives the same bytes on every machine.
///
/// Each picture is an RGB square with one flower near its middle, on a soft background with leaves.
/// Species, colours, number of petals, tilt, size, position and light vary with the seed.
///
/// ```swift
/// let picture = FlowerPainter.draw(seed: 7, size: 64)
/// try PNGFile.write(picture, to: "flower.png")
/// ```
public enum FlowerPainter {
    private static let species: [any Species.Type] = [
        Blossom.self, Daisy.self, Pansy.self, Rose.self, Sunflower.self, Tulip.self,
    ]

    /// The species that can be drawn, in alphabetical order: the classes of a data set.
    public static let classNames = species.map { $0.name }

    /// Draws a flower of a species that the seed chooses.
    ///
    /// - Parameters:
    ///   - seed: Which flower.
    ///   - size: Pixels on a side, 8...4096.
    public static func draw(seed: UInt64, size: Int) -> PixelBuffer {
        let choice = RandomKey(seed: seed).folded("species").integer(0, below: species.count)
        return draw(class: choice, seed: seed, size: size)
    }

    /// Draws a flower of a given species.
    ///
    /// - Parameters:
    ///   - number: The position of the species in `classNames`.
    ///   - seed: Which flower of this species.
    ///   - size: Pixels on a side, 8...4096.
    public static func draw(class number: Int, seed: UInt64, size: Int) -> PixelBuffer {
        precondition(
            species.indices.contains(number),
            "[FlowerPainter.draw] expected a class of 0..<\(species.count), got \(number)")
        precondition(
            (8...4096).contains(size),
            "[FlowerPainter.draw] expected a size of 8...4096 pixels, got \(size)")
        let kind = species[number]
        var dice = Dice(key: RandomKey(seed: seed).folded(kind.name))
        let palette = dice.pick(kind.palettes).varied(&dice)
        let scene = Scene(
            &dice, avoiding: palette.tip.hue, lightness: palette.tip.lightness)
        // Edges are blended where they are drawn; twice the size is for lines thinner than a pixel.
        var canvas = Canvas(side: size * 2)
        scene.drawBackground(on: &canvas, &dice)
        kind.draw(on: &canvas, scene, palette, &dice)
        return canvas.picture(reducedBy: 2)
    }
}
