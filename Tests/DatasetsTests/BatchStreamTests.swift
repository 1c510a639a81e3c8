import Datasets
import Imaging
import TensorCore
import Testing

@Suite struct BatchStreamTests {
    private let key = RandomKey(seed: 42)
    private let busy = AugmentationPipeline([
        .horizontalFlip(probability: 0.5), .verticalFlip(probability: 0.5),
        .translation(upTo: 0.3, border: .reflect),
        .rotation(upToDegrees: 20, border: .fill(level: 9)),
        .randomResizedCrop(leastArea: 0.5, mostAspect: 1.3),
        .colourJitter(brightness: 0.2, contrast: 0.2, saturation: 0.3, hue: 0.1),
        .greyscale(probability: 0.2), .cutout(side: 0.3, level: 0, probability: 0.5),
    ])

    private func stream(
        count: Int = 23, broken: Set<Int> = [], batchSize: Int = 5, position: Int = 0,
        threads: Int = 2,
        ahead: Int = 3, augmentation: AugmentationPipeline? = nil
    ) throws -> BatchStream {
        let data = try PictureDataset(
            GeneratedSource(count: count, broken: broken, width: 12),
            .init(height: 8, width: 8, crop: .random, cacheBytes: 3_000))
        return BatchStream(
            data, batchSize: batchSize, key: key, startingAt: position,
            augmentation: augmentation ?? busy, threadCount: threads, batchesAhead: ahead)
    }

    /// Pixels and indices of the first pictures of a stream, whatever its batches.
    private func pictures(_ stream: BatchStream, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var seen = 0
        for batch in stream {
            for index in 0..<batch.count where seen < count {
                bytes.append(UInt8(batch.indices[index]))
                bytes.append(UInt8(batch.labels?[index] ?? -1))
                bytes += batch.picture(index).bytes
                seen += 1
            }
            if seen == count { break }
        }
        return bytes
    }

    @Test func everyEpochIsAPermutation() throws {
        let stream = try stream(count: 10, batchSize: 5)
        let indices = stream.prefix(6).map(\.indices)
        let epochs = (0..<3).map { indices[2 * $0] + indices[2 * $0 + 1] }
        for epoch in epochs { #expect(epoch.sorted() == Array(0..<10)) }
        #expect(Set(epochs).count == 3)
    }

    @Test func aBatchRunsOnIntoTheNextEpoch() throws {
        let stream = try stream(count: 3, batchSize: 7)
        let batch = try #require(stream.first { _ in true })
        #expect(batch.shape == [7, 8, 8, 3])
        #expect(batch.pixels.count == 7 * 8 * 8 * 3)
        #expect(batch.nextPosition == 7)
        #expect(Set(batch.indices[0..<3]) == [0, 1, 2] && Set(batch.indices[3..<6]) == [0, 1, 2])
        #expect(batch.labels == batch.indices.map { Int32($0 % 3) })
    }

    @Test func resumingGivesTheTailOfTheWhole() throws {
        let whole = Array(try stream().prefix(14))
        for batch in whole.prefix(13) {
            let resumed = try stream(position: batch.nextPosition)
            let next = whole.firstIndex(of: batch).map { $0 + 1 } ?? 0
            #expect(Array(resumed.prefix(14 - next)) == Array(whole[next...]))
        }
        // A position that no batch ended at is as good.
        let odd = pictures(try stream(position: 8), 20)
        let all = pictures(try stream(), 28)
        #expect(odd == Array(all.suffix(odd.count)))
    }

    @Test func threadsAndBatchSizeChangeNothing() throws {
        let reference = pictures(try stream(batchSize: 1, threads: 0), 60)
        for (batchSize, threads, ahead) in [(1, 1, 1), (5, 1, 4), (5, 3, 2), (7, 4, 9), (60, 2, 1)]
        {
            let other = try stream(batchSize: batchSize, threads: threads, ahead: ahead)
            #expect(pictures(other, 60) == reference, "\(batchSize) \(threads) \(ahead)")
        }
    }

    @Test func aBatchCanBeAskedForByItsPosition() throws {
        let stream = try stream()
        for batch in stream.prefix(8) { #expect(try stream.batch(at: batch.position) == batch) }
    }

    @Test func anotherKeyGivesAnotherOrder() throws {
        let data = try PictureDataset(GeneratedSource(count: 50), .init(height: 8, width: 8))
        let orders = (0..<4).map { seed in
            BatchStream(data, batchSize: 50, key: RandomKey(seed: seed)).prefix(1).map(\.indices)
        }
        #expect(Set(orders).count == 4)
        let plain = BatchStream(data, batchSize: 50, key: key, order: .sequential)
        #expect(plain.prefix(2).map(\.indices) == [Array(0..<50), Array(0..<50)])
    }

    @Test func brokenPicturesDoNotShiftTheOthers() throws {
        let sound = pictures(try stream(), 46)
        let repaired = pictures(try stream(broken: [4, 5, 22]), 46)
        let size = 2 + 8 * 8 * 3
        #expect(sound.count == repaired.count)
        for place in 0..<46 {
            let index = sound[place * size]
            let other = repaired[place * size]
            switch index {
            case 4, 5: #expect(other == 6)
            case 22: #expect(other == 0)
            default:
                #expect(
                    sound[place * size..<(place + 1) * size]
                        == repaired[place * size..<(place + 1) * size])
            }
        }
    }

    @Test func aStreamWithoutAnyPictureEndsAndSaysWhy() throws {
        for threads in [0, 2] {
            let stream = try stream(count: 4, broken: [0, 1, 2, 3], threads: threads)
            #expect(stream.failure == nil)
            #expect(Array(stream).isEmpty)
            #expect(stream.failure?.kind == .noUsablePicture)
        }
    }

    @Test func iteratorsEndWithTheirThreadsWhereverTheyAre() throws {
        for taken in 0..<12 {
            let stream = try stream(threads: 3, ahead: 5)
            let iterator = stream.makeIterator()
            for _ in 0..<taken { #expect(iterator.next() != nil) }
        }
    }

    @Test func neverMoreAheadThanAskedFor() throws {
        let decoded = Collected<Int>()
        let data = try PictureDataset(
            CountingSource(base: GeneratedSource(count: 100), decoded: decoded),
            .init(height: 8, width: 8, cacheBytes: 0))
        let stream = BatchStream(data, batchSize: 2, key: key, threadCount: 3, batchesAhead: 4)
        let iterator = stream.makeIterator()
        for taken in 1...10 {
            _ = iterator.next()
            #expect(decoded.all.count <= 2 * (taken + 4))
        }
    }
}

/// Notes what is decoded.
private struct CountingSource: PictureSource {
    var base: GeneratedSource
    var decoded: Collected<Int>

    var path: String { base.path }
    var kind: PictureSourceKind { base.kind }
    var count: Int { base.count }
    var classNames: [String] { base.classNames }
    var refused: [RefusedPicture] { base.refused }
    var notes: [String] { base.notes }
    func name(of item: Int) -> String { base.name(of: item) }
    func label(of item: Int) -> Int? { base.label(of: item) }
    func header(of item: Int) -> PictureHeader { base.header(of: item) }
    func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        decoded.append(item)
        return try base.picture(at: item)
    }
}
