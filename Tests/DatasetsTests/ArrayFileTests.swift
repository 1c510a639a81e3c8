import Datasets
import Glibc
import Imaging
import Testing

@Suite struct IDXTests {
    /// Three pictures of 4 rows and 5 columns, and their labels.
    private let images = bigEndian(0x803, 3, 4, 5) + (0..<60).map { UInt8($0) }
    private let labels = bigEndian(0x801, 3) + [7, 0, 9]

    @Test(arguments: [false, true])
    func readsAFolder(gzip: Bool) throws {
        let folder = try TemporaryFolder()
        if gzip {
            try folder.writeGzip(images, "train-images-idx3-ubyte.gz")
            try folder.writeGzip(labels, "train-labels-idx1-ubyte.gz")
        } else {
            try folder.write(images, "train-images-idx3-ubyte")
            try folder.write(labels, "train-labels-idx1-ubyte")
        }
        let source = try PictureSources.open(path: folder.path)
        #expect(source.kind == .idx)
        #expect(source.count == 3)
        #expect((0..<3).map(source.label(of:)) == [7, 0, 9])
        #expect(source.classNames == (0...9).map(String.init))
        #expect(source.name(of: 2) == "train/2")
        let picture = try source.picture(at: 1)
        #expect(picture.width == 5 && picture.height == 4 && picture.format == .grey)
        #expect(picture.bytes == (20..<40).map { UInt8($0) })
    }

    @Test func readsOneFileAndBothParts() throws {
        let folder = try TemporaryFolder()
        try folder.write(images, "train-images-idx3-ubyte")
        try folder.writeGzip(images, "t10k-images-idx3-ubyte.gz")
        try folder.writeGzip(labels, "t10k-labels-idx1-ubyte.gz")
        let one = try PictureSources.open(path: folder.path + "/t10k-images-idx3-ubyte.gz")
        #expect(one.count == 3 && one.label(of: 0) == 7 && one.name(of: 0) == "test/0")
        let all = try PictureSources.open(path: folder.path, options: .init(split: .all))
        #expect(all.count == 6)
        #expect((0..<6).map(all.label(of:)) == [nil, nil, nil, 7, 0, 9])
        #expect(all.name(of: 3) == "test/0")
        #expect(try all.picture(at: 4) == all.picture(at: 1))
    }

    @Test(arguments: [-8, -1])
    func aPackedFileIsCheckedToItsEnd(offset: Int) throws {
        let folder = try TemporaryFolder()
        let name = "train-images-idx3-ubyte.gz"
        try folder.writeGzip(images, name)
        var bytes = try fileBytes(folder.path + "/" + name)
        // The checksum, and the length after it, are the last eight bytes.
        bytes[bytes.count + offset] ^= 1
        try folder.write(bytes, name)
        let damaged = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(damaged?.kind == .damaged)
        try folder.write(Array(bytes.dropLast(6)), name)
        #expect(throws: DatasetError.self) { try PictureSources.open(path: folder.path) }
        try folder.writeGzip(images + [0], name)
        let longer = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(longer?.description.contains("more") == true)
    }

    @Test(arguments: [false, true])
    func noMorePicturesThanTheLimit(gzip: Bool) throws {
        let folder = try TemporaryFolder()
        if gzip {
            try folder.writeGzip(images, "train-images-idx3-ubyte.gz")
        } else {
            try folder.write(images, "train-images-idx3-ubyte")
        }
        var options = PictureSourceOptions()
        options.limits.fileCount = 3
        #expect(try PictureSources.open(path: folder.path, options: options).count == 3)
        options.limits.fileCount = 2
        let error = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path, options: options)
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test(arguments: [
        // 2^31 pictures promised in 16 bytes, and a product that does not fit 64 bits.
        (bigEndian(0x803, 0x8000_0000, 28, 28), DatasetError.Kind.damaged),
        (bigEndian(0x803, .max, .max, .max), .damaged),
        (bigEndian(0x803, 3, 4, 5) + [1, 2, 3], .damaged),
        (bigEndian(0x803, 0, 4, 5), .noUsablePicture),
        (bigEndian(0x803, 3, 0, 5), .unsupported),
        (bigEndian(0x801, 3) + [1, 2, 3], .unsupported),
        (bigEndian(0xD03, 1, 1, 1) + [0, 0, 0, 0], .unsupported),
        ([0, 0, 8], .damaged),
    ])
    func hostileHeadersAreRefused(bytes: [UInt8], kind: DatasetError.Kind) throws {
        let folder = try TemporaryFolder()
        try folder.write(bytes, "train-images-idx3-ubyte")
        let plain = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(plain?.kind == kind, "\(plain?.description ?? "")")
        remove(folder.path + "/train-images-idx3-ubyte")
        try folder.writeGzip(bytes, "train-images-idx3-ubyte.gz")
        let packed = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        // Packed, what is promised is refused for its size before it is found missing.
        #expect(
            packed?.kind == kind || packed?.kind == .tooLarge, "\(packed?.description ?? "")")
    }

    @Test func truncatedGzipIsRefused() throws {
        let folder = try TemporaryFolder()
        let noise = testPicture(3, width: 100, height: 100, format: .grey)
        try folder.writeGzip(bigEndian(0x803, 1, 100, 100) + noise.bytes, "whole.gz")
        var bytes = [UInt8](repeating: 0, count: 20_000)
        let file = try #require(fopen(folder.path + "/whole.gz", "rb"))
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        fclose(file)
        try folder.write(Array(bytes.dropLast(bytes.count / 2)), "train-images-idx3-ubyte.gz")
        let error = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(error?.kind == .damaged)
        #expect(error?.description.contains("expected 10000 unpacked bytes") == true)
    }

    @Test func labelsMustMatchThePictures() throws {
        let folder = try TemporaryFolder()
        try folder.write(images, "train-images-idx3-ubyte")
        try folder.write(bigEndian(0x801, 2) + [1, 2], "train-labels-idx1-ubyte")
        let error = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(error?.kind == .labels)
    }
}

@Suite struct CIFARTests {
    private func record(_ labels: [UInt8], _ seed: Int) -> [UInt8] {
        labels + testPicture(seed, width: 32, height: 32).bytes
    }

    @Test func readsBatchesInterleaved() throws {
        let folder = try TemporaryFolder()
        try folder.write(record([3], 1) + record([9], 2), "data_batch_1.bin")
        try folder.write(record([0], 3), "data_batch_2.bin")
        try folder.write(record([5], 4), "test_batch.bin")
        try folder.write((0..<10).map { "class\($0)\n" }.joined(), "batches.meta.txt")
        let source = try PictureSources.open(path: folder.path)
        #expect(source.kind == .cifar)
        #expect((0..<source.count).map(source.label(of:)) == [3, 9, 0])
        #expect(source.classNames[9] == "class9")
        #expect(source.name(of: 2) == "data_batch_2/0")
        let planes = testPicture(2, width: 32, height: 32).bytes
        let picture = try source.picture(at: 1)
        for pixel in [0, 1, 1023] {
            for channel in 0..<3 {
                #expect(picture.bytes[3 * pixel + channel] == planes[1024 * channel + pixel])
            }
        }
        #expect(try PictureSources.open(path: folder.path, options: .init(split: .all)).count == 4)
        #expect(try PictureSources.open(path: folder.path + "/test_batch.bin").label(of: 0) == 5)
    }

    @Test func readsCIFAR100sFineLabels() throws {
        let folder = try TemporaryFolder()
        try folder.write(record([3, 99], 1) + record([4, 0], 2), "train.bin")
        let source = try PictureSources.open(path: folder.path)
        #expect((0..<source.count).map(source.label(of:)) == [99, 0])
        #expect(source.classNames.count == 100)
    }

    @Test func oddRecordsAreNamedAndTruncatedFilesRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write(record([3], 1) + record([200], 2), "data_batch_1.bin")
        let source = try PictureSources.open(path: folder.path)
        #expect(source.count == 1)
        #expect(source.refused.map(\.name) == ["data_batch_1/1"])
        try folder.write(Array(record([3], 1).dropLast(5)), "data_batch_2.bin")
        let error = #expect(throws: DatasetError.self) {
            try PictureSources.open(path: folder.path)
        }
        #expect(error?.kind == .damaged)
        #expect(error?.path.hasSuffix("data_batch_2.bin") == true)
    }
}
