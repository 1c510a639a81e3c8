import Imaging
import Testing

struct OrientationTests {
    /// The picture "ab/cd/ef", two columns and three rows.
    private let picture = PixelBuffer(
        width: 2, height: 3, format: .grey, bytes: Array("abcdef".utf8))

    @Test(arguments: [
        (1, "abcdef"), (2, "badcfe"), (3, "fedcba"), (4, "efcdab"), (5, "acebdf"), (6, "ecafdb"),
        (7, "fdbeca"), (8, "bdface"),
    ])
    func eachValueUndoesItsTransform(_ value: (orientation: UInt8, expected: String)) throws {
        let orientation = try #require(ImageOrientation(rawValue: value.orientation))
        let result = picture.upright(from: orientation)
        #expect(String(decoding: result.bytes, as: UTF8.self) == value.expected)
        #expect(result.width == (orientation.swapsSides ? 3 : 2))
    }

    @Test(arguments: PixelFormat.allCases)
    func turnsAndFlipsUndoEachOther(_ format: PixelFormat) {
        let picture = PixelBuffer.noise(5, 8, format, seed: 3)
        #expect(picture.rotatedClockwise().rotatedCounterclockwise() == picture)
        #expect(picture.flippedHorizontally().flippedHorizontally() == picture)
        #expect(
            picture.flippedVertically().flippedHorizontally() == picture.upright(from: .rotated180))
        #expect(picture.flippedVertically() != picture)
    }

    @Test func damagedExifBlocksAreUpright() throws {
        // A JPEG whose APP1 claims a directory outside of the block, and one cut off inside it.
        let jpeg = try JPEGFile.encode(.ramp(8, 4, .grey))
        for block in [
            Array("Exif\0\0II*\0".utf8) + [0xff, 0xff, 0xff, 0x7f],
            Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0xff, 0xff, 1, 0x12, 0, 3],
            Array("Exif\0\0".utf8),
        ] {
            let segment = [0xff, 0xe1, 0, UInt8(block.count + 2)] + block
            let bytes = Array(jpeg[..<2]) + segment + Array(jpeg[2...])
            let decoded = try ImageFile.decode(bytes: bytes)
            #expect(decoded.facts.orientation == .upright && decoded.pixels.width == 8)
        }
        let sound =
            Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        let bytes =
            Array(jpeg[..<2]) + [0xff, 0xe1, 0, UInt8(sound.count + 2)] + sound + jpeg[2...]
        let turned = try ImageFile.decode(bytes: bytes)
        #expect(turned.facts.orientation == .rotated90 && turned.pixels.width == 4)
    }
}

struct CropTests {
    @Test(arguments: [(10, 10), (31, 7), (7, 31), (1, 1), (80, 64)])
    func everyModeGivesTheSizeAskedFor(_ size: (width: Int, height: Int)) {
        for (width, height) in [(40, 30), (30, 40), (1, 50), (50, 1), (16, 16)] {
            let picture = PixelBuffer.noise(width, height, .rgba, seed: 1)
            for mode in [CropMode.centre, .fit(fill: .white), .random(key: 0x8123_4567)] {
                let result = picture.fitted(width: size.width, height: size.height, crop: mode)
                #expect(result.width == size.width && result.height == size.height)
            }
        }
    }

    @Test func centreIsTheMiddleOfTheScaledPicture() {
        let picture = PixelBuffer.noise(40, 20, .rgb, seed: 2)
        let expected = picture.resized(width: 20, height: 10).cropped(
            x: 5, y: 0, width: 10, height: 10)
        #expect(picture.fitted(width: 10, height: 10, crop: .centre) == expected)
        #expect(
            picture.fitted(width: 20, height: 20, crop: .centre)
                == picture.cropped(x: 10, y: 0, width: 20, height: 20))
    }

    @Test func fitKeepsEverythingAndFillsTheRest() {
        let picture = PixelBuffer(width: 40, height: 20, format: .rgb, fill: [200, 0, 0])
        let fill = RGBColour(red: 1, green: 2, blue: 3)
        let result = picture.fitted(width: 20, height: 20, crop: .fit(fill: fill))
        for row in 0..<20 {
            let pixel = Array(result.bytes[row * 60..<row * 60 + 3])
            #expect(pixel == ((5..<15).contains(row) ? [200, 0, 0] : [1, 2, 3]), "row \(row)")
        }
    }

    @Test func randomReachesEveryPlaceAndRepeats() {
        let picture = PixelBuffer(
            width: 8, height: 4, format: .grey, bytes: Array(0..<32))
        var seen: Set<UInt8> = []
        var generator = SeededGenerator(4)
        for _ in 0..<200 {
            let key = UInt32.random(in: .min ... .max, using: &generator)
            let cut = picture.fitted(width: 4, height: 4, crop: .random(key: key))
            #expect(cut == picture.fitted(width: 4, height: 4, crop: .random(key: key)))
            seen.insert(cut.bytes[0])
        }
        #expect(seen == [0, 1, 2, 3, 4])
        #expect(picture.fitted(width: 4, height: 4, crop: .random(key: .max)).bytes[0] == 4)
    }

    @Test func enlargingRepeatsPixels() {
        let picture = PixelBuffer(width: 2, height: 1, format: .greyAlpha, bytes: [1, 2, 3, 4])
        #expect(picture.enlarged(by: 2).bytes == [1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4])
        #expect(picture.enlarged(by: 1) == picture)
    }

    @Test func placingLeavesOutWhatIsOutside() {
        var canvas = PixelBuffer(width: 3, height: 2, format: .grey, fill: [0])
        let piece = PixelBuffer(width: 2, height: 2, format: .grey, bytes: [1, 2, 3, 4])
        canvas.place(piece, x: -1, y: -1)
        canvas.place(piece, x: 2, y: 1)
        canvas.place(piece, x: 9, y: 9)
        #expect(canvas.bytes == [4, 0, 0, 0, 0, 1])
    }
}

struct ConversionTests {
    @Test func luminanceEqualsPillow() throws {
        let bytes = try TestData.bytes(TestData.fixture("luminance.bin"))
        let colours = PixelBuffer(
            width: 64, height: 64, format: .rgb, bytes: Array(bytes[..<12_288]))
        #expect(colours.converted(to: .grey).bytes == Array(bytes[12_288...]))
    }

    @Test func alphaIsCompositedOverTheBackground() {
        let picture = PixelBuffer(
            width: 3, height: 1, format: .rgba,
            bytes: [10, 20, 30, 255, 10, 20, 30, 0, 200, 100, 0, 51])
        let over = picture.converted(to: .rgb, over: RGBColour(red: 100, green: 200, blue: 50))
        #expect(over.bytes == [10, 20, 30, 100, 200, 50, 120, 180, 40])
        #expect(picture.withoutAlpha().bytes == [10, 20, 30, 10, 20, 30, 200, 100, 0])
    }

    @Test func everyPairOfFormatsConverts() {
        for from in PixelFormat.allCases {
            for to in PixelFormat.allCases {
                let grey = PixelBuffer(
                    width: 4, height: 3, format: from,
                    fill: Array(
                        [77, 77, 77].prefix(
                            from.hasAlpha
                                ? from.channelCount - 1
                                : from.channelCount)) + (from.hasAlpha ? [255] : []))
                let result = grey.converted(to: to)
                #expect(result.format == to && result.converted(to: from) == grey, "\(from) \(to)")
            }
        }
    }
}
