import Datasets
import FoundationEssentials
import Imaging
import TensorCore
import Testing

@Suite struct AugmentationTests {
    private let key = RandomKey(seed: 3)

    private func changed(
        _ step: Augmentation, _ picture: PixelBuffer, seeds: Int = 40
    ) -> [PixelBuffer] {
        (0..<seeds).map {
            AugmentationPipeline([step]).apply(to: picture, key: RandomKey(seed: UInt64($0)))
        }
    }

    @Test func flipsHappenAsOftenAsAsked() {
        let picture = testPicture(1)
        let flipped = picture.flippedHorizontally()
        let half = changed(.horizontalFlip(probability: 0.5), picture, seeds: 400)
        #expect(half.allSatisfy { $0 == picture || $0 == flipped })
        #expect((150...250).contains(half.count { $0 == flipped }))
        #expect(changed(.horizontalFlip(probability: 0), picture).allSatisfy { $0 == picture })
        let turned = picture.flippedVertically()
        #expect(changed(.verticalFlip(probability: 1), picture).allSatisfy { $0 == turned })
    }

    @Test(arguments: PixelFormat.allCases)
    func everyStepKeepsSizeAndFormatAndRepeats(format: PixelFormat) {
        let pipeline = AugmentationPipeline([
            .horizontalFlip(probability: 0.5), .verticalFlip(probability: 0.5),
            .translation(upTo: 1, border: .reflect),
            .translation(upTo: 0.5, border: .fill(level: 3)),
            .rotation(upToDegrees: 180, border: .reflect),
            .rotation(upToDegrees: 45, border: .fill(level: 3)),
            .randomResizedCrop(leastArea: 0.01, mostAspect: 10),
            .colourJitter(brightness: 1, contrast: 1, saturation: 1, hue: 0.5),
            .greyscale(probability: 0.5), .cutout(side: 1, level: 0, probability: 0.5),
        ])
        for (width, height) in [(1, 1), (1, 9), (13, 4), (16, 16)] {
            let picture = testPicture(2, width: width, height: height, format: format)
            for seed in 0..<20 {
                let first = pipeline.apply(to: picture, key: RandomKey(seed: UInt64(seed)))
                #expect(first.width == width && first.height == height && first.format == format)
                #expect(first == pipeline.apply(to: picture, key: RandomKey(seed: UInt64(seed))))
            }
        }
    }

    @Test func translationMovesPixels() {
        let picture = testPicture(4, width: 6, height: 5, format: .grey)
        let filled = picture.translated(columns: 2, rows: -1, border: .fill(level: 77))
        let mirrored = picture.translated(columns: 2, rows: -1, border: .reflect)
        for y in 0..<5 {
            for x in 0..<6 {
                let inside = x >= 2 && y + 1 < 5
                let mirrorX = x >= 2 ? x - 2 : 1 - x
                let mirrorY = y + 1 < 5 ? y + 1 : 4
                #expect(
                    filled.bytes[y * 6 + x] == (inside ? picture.bytes[(y + 1) * 6 + x - 2] : 77))
                #expect(mirrored.bytes[y * 6 + x] == picture.bytes[mirrorY * 6 + mirrorX])
            }
        }
    }

    @Test func rotationByQuartersIsExact() {
        for format in [PixelFormat.grey, .rgb] {
            let picture = testPicture(5, width: 7, height: 7, format: format)
            let quarter = picture.rotated(degrees: 90, border: .reflect)
            let channels = format.channelCount
            for y in 0..<7 {
                for x in 0..<7 {
                    for c in 0..<channels {
                        // Counter-clockwise: the right column becomes the top row.
                        let source = picture.bytes[(x * 7 + 6 - y) * channels + c]
                        let got = quarter.bytes[(y * 7 + x) * channels + c]
                        #expect(abs(Int(got) - Int(source)) <= 1)
                    }
                }
            }
            #expect(picture.rotated(degrees: 0, border: .reflect) == picture)
        }
    }

    @Test func whatIsInvisibleDoesNotTint() {
        // Opaque red left, invisible green right: no green may show where anything shows.
        let row: [UInt8] = [255, 0, 0, 255, 255, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0]
        let picture = PixelBuffer(
            width: 4, height: 4, format: .rgba, bytes: row + row + row + row)
        let turned = picture.rotated(degrees: 30, border: .reflect)
        for place in stride(from: 0, to: turned.bytes.count, by: 4)
        where turned.bytes[place + 3] > 0 {
            #expect(turned.bytes[place] == 255 && turned.bytes[place + 1] == 0)
        }
    }

    @Test func colours() {
        func jittered(
            _ pixels: [UInt8], _ format: PixelFormat, brightness: Float = 1, contrast: Float = 1,
            saturation: Float = 1, hue: Float = 0
        ) -> [UInt8] {
            var picture = PixelBuffer(
                width: pixels.count / format.channelCount, height: 1, format: format, bytes: pixels)
            picture.jitterColours(
                brightness: brightness, contrast: contrast, saturation: saturation, hue: hue)
            return picture.bytes
        }
        let noise = testPicture(6).bytes
        #expect(jittered(noise, .rgb) == noise)
        #expect(jittered([10, 200], .grey, brightness: 1.5) == [15, 255])
        #expect(jittered([50, 100, 150], .grey, contrast: 0.5) == [75, 100, 125])
        #expect(jittered([50, 7], .greyAlpha, brightness: 2) == [100, 7])
        let grey = jittered(noise, .rgb, saturation: 0)
        for place in stride(from: 0, to: grey.count, by: 3) {
            let luminance =
                0.299 * Float(noise[place]) + 0.587 * Float(noise[place + 1])
                + 0.114 * Float(noise[place + 2])
            for c in 0..<3 { #expect(abs(Float(grey[place + c]) - luminance) <= 1) }
        }
        // A third of the circle moves dull red to a greener, and back.
        let red: [UInt8] = [140, 110, 110]
        let turned = jittered(red, .rgb, hue: 1 / 3)
        #expect(turned != red)
        let back = jittered(turned, .rgb, hue: -1 / 3)
        for c in 0..<3 { #expect(abs(Int(back[c]) - Int(red[c])) <= 1) }
        // Grey has no hue.
        #expect(jittered([90, 90, 90], .rgb, saturation: 2, hue: 0.3) == [90, 90, 90])
    }

    @Test func cutoutFillsARectangle() {
        let picture = PixelBuffer(width: 20, height: 20, format: .grey, fill: [200])
        for result in changed(.cutout(side: 0.5, level: 7, probability: 1), picture) {
            let count = result.bytes.count { $0 == 7 }
            #expect(count >= 25 && count <= 100)
            #expect(result.bytes.allSatisfy { $0 == 7 || $0 == 200 })
        }
    }

    @Test func resizedCropsShowAPart() {
        // A horizontal ramp stays a ramp, within the values of the whole.
        let ramp = PixelBuffer(
            width: 32, height: 32, format: .grey,
            bytes: (0..<1024).map { UInt8(($0 % 32) * 8) })
        let results = changed(.randomResizedCrop(leastArea: 0.2, mostAspect: 1.5), ramp)
        #expect(Set(results).count > 30)
        for result in results {
            let row = result.bytes[0..<32]
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test func pipelinesAreSavedAndCheckedWhenRead() throws {
        for pipeline in [AugmentationPipeline.none, .flip, .gentle] {
            let data = try JSONEncoder().encode(pipeline)
            #expect(try JSONDecoder().decode(AugmentationPipeline.self, from: data) == pipeline)
        }
        let wrong = #"{"steps":[{"horizontalFlip":{"probability":2}}]}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(AugmentationPipeline.self, from: Data(wrong.utf8))
        }
        let sheet = AugmentationPipeline.gentle.preview(of: testPicture(1), count: 9, key: key)
        #expect(Set(sheet).count == 9)
    }
}
