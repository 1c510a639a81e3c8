import Datasets
import Glibc
import Imaging
import Testing

@Suite struct DigestTests {
    private func dataset(_ folder: TemporaryFolder, side: Int = 8) throws -> PictureDataset {
        try PictureDataset(
            PictureSources.open(path: folder.path), .init(height: side, width: side))
    }

    /// Numbers the pictures of another source backwards.
    private struct Reversed: PictureSource {
        let base: any PictureSource
        var path: String { base.path }
        var kind: PictureSourceKind { base.kind }
        var count: Int { base.count }
        var classNames: [String] { [] }
        var refused: [RefusedPicture] { [] }
        var notes: [String] { [] }
        func name(of item: Int) -> String { base.name(of: count - 1 - item) }
        func label(of item: Int) -> Int? { nil }
        func header(of item: Int) -> PictureHeader { base.header(of: count - 1 - item) }
        func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
            try base.picture(at: count - 1 - item)
        }
    }

    @Test func namesAndPixelsDecide() throws {
        let folder = try TemporaryFolder()
        for number in 0..<300 { try folder.writePicture(number, "a/\(number).png") }
        let set = try dataset(folder)
        let digest = try #require(set.contentDigest())
        #expect(digest.count == 64)
        #expect(try dataset(folder).contentDigest(threadCount: 1) == digest)
        let reversed = try PictureDataset(Reversed(base: set.source), set.configuration)
        #expect(reversed.contentDigest() == digest)
        #expect(try dataset(folder, side: 4).contentDigest() != digest)
        try folder.writePicture(301, "a/7.png")
        let changed = try dataset(folder).contentDigest()
        #expect(changed != digest)
        try folder.writePicture(7, "a/7.png")
        #expect(try dataset(folder).contentDigest() == digest)
        rename(folder.path + "/a/7.png", folder.path + "/a/x.png")
        #expect(try dataset(folder).contentDigest() != digest)
    }

    @Test func stopsWhenTold() throws {
        let set = try PictureDataset(
            GeneratedSource(count: 600), .init(height: 8, width: 8))
        var seen: [Int] = []
        let digest = set.contentDigest { done in
            seen.append(done)
            return done < 500
        }
        #expect(digest == nil && seen == [256, 512])
    }

    @Test func brokenPicturesCount() throws {
        let sets = try [[], [3]].map { broken in
            try PictureDataset(
                GeneratedSource(count: 9, broken: Set(broken)), .init(height: 8, width: 8))
        }
        #expect(sets[0].contentDigest() != sets[1].contentDigest())
    }

    @Test func pixelsComeInOrder() throws {
        let set = try PictureDataset(
            GeneratedSource(count: 20, broken: [5]), .init(height: 8, width: 8))
        let wanted = [7, 0, 6, 19].flatMap { testPicture($0).bytes }
        // The next picture stands in for the broken one.
        #expect(try set.pixels(of: [7, 0, 5, 19], threadCount: 3) == wanted)
        #expect(try set.pixels(of: [7, 0, 5, 19], threadCount: 1) == wanted)
    }

    /// A stamp is given only once the files have rested, and follows what is in the folder.
    @Test func stampsFollowTheFiles() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 { try folder.writePicture(number, "\(number).png") }
        #expect(try dataset(folder).fileStamp() == nil)
        usleep(3_500_000)
        let stamp = try #require(try dataset(folder).fileStamp())
        #expect(try dataset(folder).fileStamp() == stamp)
        #expect(try dataset(folder, side: 4).fileStamp() != stamp)
        unlink(folder.path + "/1.png")
        #expect(try dataset(folder).fileStamp() != stamp)
    }
}
