import Imaging
import SampleArt
import Testing

@Suite struct FlowerPainterTests {
    @Test func classesAreNamedInOrder() {
        #expect(
            FlowerPainter.classNames == ["blossom", "daisy", "pansy", "rose", "sunflower", "tulip"])
    }

    @Test(arguments: 0..<6, [8, 33, 64])
    func picturesHaveTheSizeAskedFor(species: Int, size: Int) {
        let picture = FlowerPainter.draw(class: species, seed: 3, size: size)
        #expect(picture.width == size && picture.height == size && picture.format == .rgb)
    }

    @Test(arguments: 0..<6)
    func aSeedIsAPicture(species: Int) {
        var pictures: Set<PixelBuffer> = []
        for seed in 0..<40 as Range<UInt64> {
            let picture = FlowerPainter.draw(class: species, seed: seed, size: 16)
            #expect(picture == FlowerPainter.draw(class: species, seed: seed, size: 16))
            pictures.insert(picture)
        }
        #expect(pictures.count == 40)
    }

    @Test func theSeedAloneChoosesTheSpecies() {
        var species: Set<Int> = []
        for seed in 0..<60 as Range<UInt64> {
            let picture = FlowerPainter.draw(seed: seed, size: 16)
            let same = (0..<6).filter {
                FlowerPainter.draw(class: $0, seed: seed, size: 16) == picture
            }
            #expect(same.count == 1, "seed \(seed)")
            species.formUnion(same)
        }
        #expect(species.count == 6)
    }

    /// A flower can be seen: the pixels of the middle differ from the mean colour of the corners.
    @Test(arguments: 0..<6)
    func flowersStandOut(species: Int) {
        for seed in 0..<100 as Range<UInt64> {
            let picture = FlowerPainter.draw(class: species, seed: seed, size: 32)
            let corners = colours(picture, 0..<5, 0..<5) + colours(picture, 0..<5, 27..<32)
            let ground = corners.reduce(.zero, +) / Float(corners.count)
            let middle = colours(picture, 9..<20, 10..<22).map { $0 - ground }
            let contrast =
                middle.map { ($0 * $0).sum().squareRoot() }.reduce(0, +) / Float(middle.count)
            #expect(contrast > 40, "\(FlowerPainter.classNames[species]), seed \(seed)")
        }
    }

    private func colours(
        _ picture: PixelBuffer, _ rows: Range<Int>, _ columns: Range<Int>
    ) -> [SIMD3<Float>] {
        rows.flatMap { row in
            columns.map { column in
                let start = (row * picture.width + column) * 3
                return SIMD3(
                    Float(picture.bytes[start]), Float(picture.bytes[start + 1]),
                    Float(picture.bytes[start + 2]))
            }
        }
    }

    @Test func aLargerPictureShowsTheSameFlower() {
        let small = FlowerPainter.draw(seed: 11, size: 32)
        let large = FlowerPainter.draw(seed: 11, size: 128).resized(width: 32, height: 32)
        let difference = zip(small.bytes, large.bytes)
            .map { abs(Float($0) - Float($1)) }.reduce(0, +)
        #expect(difference / Float(small.bytes.count) < 6)
    }
}
