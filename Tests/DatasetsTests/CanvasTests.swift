import Datasets
import Glibc
import Imaging
import TensorCore
import Testing

/// The loops over four-byte pixels against plain twins, to the bit.
@Suite struct CanvasTests {
    private static let sizes = [(1, 1), (1, 9), (7, 1), (13, 5), (64, 64), (65, 3), (130, 70)]
    private static let borders = [AugmentationBorder.reflect, .fill(level: 77)]
    private static let formats = [PixelFormat.grey, .rgb]

    private func forEachPicture(_ body: (PixelBuffer, AugmentationBorder) -> Void) {
        for (width, height) in Self.sizes {
            for format in Self.formats {
                let picture = testPicture(
                    width + height, width: width, height: height, format: format)
                for border in Self.borders { body(picture, border) }
            }
        }
    }

    @Test func rotation() {
        forEachPicture { picture, border in
            for degrees: Float in [-180, -45, -8, -0.3, 0.01, 3.7, 90, 171] {
                let turned = picture.rotated(degrees: degrees, border: border)
                #expect(
                    turned == Twin.rotated(picture, degrees: degrees, border: border),
                    "\(picture.width)x\(picture.height) \(picture.format) by \(degrees)")
            }
        }
    }

    @Test func translation() {
        forEachPicture { picture, border in
            for (columns, rows) in [(1, 0), (0, -1), (-3, 2), (64, -64), (-200, 300)] {
                let moved = picture.translated(columns: columns, rows: rows, border: border)
                #expect(
                    moved == Twin.translated(picture, columns: columns, rows: rows, border: border),
                    "\(picture.width)x\(picture.height) by \(columns), \(rows)")
            }
        }
    }

    @Test func colours() {
        forEachPicture { picture, _ in
            for numbers: SIMD4<Float> in [
                SIMD4(1, 1, 1, 0), SIMD4(1.1, 0.9, 1.05, 0.02), SIMD4(0, 2, 0, -0.5),
                SIMD4(2, 1, 2, 0.3), SIMD4(0.7, 0, 1, 0),
            ] {
                var changed = picture
                changed.jitterColours(
                    brightness: numbers.x, contrast: numbers.y, saturation: numbers.z,
                    hue: numbers.w)
                #expect(changed == Twin.recoloured(picture, numbers), "\(numbers)")
            }
        }
    }

    @Test func flips() {
        forEachPicture { picture, _ in
            let pipeline = AugmentationPipeline([.horizontalFlip(probability: 1)])
            #expect(
                pipeline.apply(to: picture, key: RandomKey(seed: 0))
                    == picture.flippedHorizontally())
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func batchesHoldWhatPipelinesGive(format: PixelFormat) throws {
        let pipeline = AugmentationPipeline([
            .horizontalFlip(probability: 0.5), .cutout(side: 0.4, level: 9, probability: 0.5),
            .rotation(upToDegrees: 20, border: .reflect), .verticalFlip(probability: 0.5),
            .translation(upTo: 0.2, border: .fill(level: 4)), .greyscale(probability: 0.3),
            .randomResizedCrop(leastArea: 0.5, mostAspect: 1.3),
            .colourJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1),
        ])
        let folder = try TemporaryFolder()
        for index in 0..<5 {
            try folder.write(
                PNGFile.encode(testPicture(index, width: 12, height: 10, format: format)),
                "\(index).png")
        }
        let choice: ChannelChoice = format.hasAlpha ? .rgba : format == .grey ? .grey : .rgb
        let data = try PictureDataset(
            PictureSources.open(path: folder.path), .init(height: 10, width: 12, channels: choice))
        let key = RandomKey(seed: 4)
        let stream = BatchStream(data, batchSize: 12, key: key, augmentation: pipeline)
        let batch = try stream.batch(at: 3)
        for slot in 0..<12 {
            let index = batch.indices[slot]
            let pictureKey = key.folded("augmentation").folded(UInt64((3 + slot) / 5))
                .folded(UInt64(index))
            #expect(
                batch.picture(slot)
                    == pipeline.apply(to: try data.picture(at: index), key: pictureKey))
        }
    }
}

/// What the loops compute, pixel by pixel and channel by channel, without alpha.
private enum Twin {
    /// The byte at a place that may lie outside.
    static func byte(
        _ picture: PixelBuffer, _ x: Int, _ y: Int, _ channel: Int, _ border: AugmentationBorder
    ) -> UInt8 {
        func inside(_ index: Int, _ count: Int) -> Int {
            let period = 2 * count
            let wrapped = ((index % period) + period) % period
            return wrapped < count ? wrapped : period - 1 - wrapped
        }
        let isOutside = x < 0 || y < 0 || x >= picture.width || y >= picture.height
        if isOutside, case .fill(let level) = border { return level }
        let place = inside(y, picture.height) * picture.width + inside(x, picture.width)
        return picture.bytes[place * picture.format.channelCount + channel]
    }

    private static func map(
        _ picture: PixelBuffer, _ value: (Int, Int, Int) -> UInt8
    ) -> PixelBuffer {
        var result = picture
        var place = 0
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                for channel in 0..<picture.format.channelCount {
                    result.bytes[place] = value(x, y, channel)
                    place += 1
                }
            }
        }
        return result
    }

    static func translated(
        _ picture: PixelBuffer, columns: Int, rows: Int, border: AugmentationBorder
    ) -> PixelBuffer {
        map(picture) { byte(picture, $0 - columns, $1 - rows, $2, border) }
    }

    static func rotated(
        _ picture: PixelBuffer, degrees: Float, border: AugmentationBorder
    ) -> PixelBuffer {
        let angle = degrees * Float.pi / 180
        let (sine, cosine) = (sinf(angle), cosf(angle))
        let (centreX, centreY) = (Float(picture.width - 1) / 2, Float(picture.height - 1) / 2)
        return map(picture) { x, y, channel in
            let (dx, dy) = (Float(x) - centreX, Float(y) - centreY)
            let placeX = centreX + cosine * dx - sine * dy
            let placeY = centreY + sine * dx + cosine * dy
            let (left, top) = (Int(placeX.rounded(.down)), Int(placeY.rounded(.down)))
            let (u, v) = (placeX - Float(left), placeY - Float(top))
            let a = Float(byte(picture, left, top, channel, border))
            let b = Float(byte(picture, left + 1, top, channel, border))
            let c = Float(byte(picture, left, top + 1, channel, border))
            let d = Float(byte(picture, left + 1, top + 1, channel, border))
            let isInside =
                left >= 0 && top >= 0 && left + 1 < picture.width && top + 1 < picture.height
            guard isInside else {
                let weights = ((1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v)
                return rounded(weights.0 * a + weights.1 * b + weights.2 * c + weights.3 * d)
            }
            let above = a + u * (b - a)
            let below = c + u * (d - c)
            return rounded(above + v * (below - above))
        }
    }

    static func recoloured(_ picture: PixelBuffer, _ numbers: SIMD4<Float>) -> PixelBuffer {
        let channels = picture.format.channelCount
        let (brightness, contrast) = (numbers.x, numbers.y)
        var sum: Float = 0
        for place in stride(from: 0, to: picture.bytes.count, by: channels) {
            let pixel = picture.bytes[place..<place + channels].map { Float($0) }
            sum += channels == 1 ? pixel[0] : 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
        }
        let mean =
            contrast == 1 ? 0 : sum / Float(picture.width * picture.height) * brightness
        let (scale, shift) = (brightness * contrast, mean * (1 - contrast))
        let angle = 2 * Float.pi * numbers.w
        let (c, s) = (numbers.z * cosf(angle), numbers.z * sinf(angle))
        func factor(_ yiq: SIMD3<Float>, _ channel: Int) -> Float {
            let (i, q) = (yiq.y * c - yiq.z * s, yiq.y * s + yiq.z * c)
            let fromI: [Float] = [0.9563, -0.2721, -1.1070]
            let fromQ: [Float] = [0.6210, -0.6474, 1.7046]
            return yiq.x + fromI[channel] * i + fromQ[channel] * q
        }
        return map(picture) { x, y, channel in
            let place = (y * picture.width + x) * channels
            let pixel = (0..<channels).map { Float(picture.bytes[place + $0]) * scale + shift }
            guard channels == 3 else { return rounded(pixel[0]) }
            return rounded(
                factor(SIMD3(0.299, 0.595716, 0.211456), channel) * pixel[0]
                    + factor(SIMD3(0.587, -0.274453, -0.522591), channel) * pixel[1]
                    + factor(SIMD3(0.114, -0.321263, 0.311135), channel) * pixel[2])
        }
    }

    private static func rounded(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value + 0.5))) }
}
