import Datasets
import Imaging
import TensorCore
import Testing

@Suite struct CropTests {
    private func kinds(_ folder: TemporaryFolder) throws -> [CroppedPictures] {
        for number in 0..<3 {
            try folder.write(
                PNGFile.encode(testPicture(number, width: 60, height: 40)), "a/\(number).png")
        }
        for number in 0..<4 {
            try folder.write(
                PNGFile.encode(testPicture(50 + number, width: 32, height: 48)),
                "b/\(number).png")
        }
        let variation = CropVariation(enlargement: 1.5)
        return try ["a", "b"].map { name in
            CroppedPictures(
                try variation.dataset(
                    try PictureSources.open(path: folder.path + "/" + name), side: 16), variation)
        }
    }

    @Test func aStreamGoesOnWhereItStopped() throws {
        let folder = try TemporaryFolder()
        let kinds = try kinds(folder)
        let key = RandomKey(seed: 2)
        let whole = Array(CropStream(kinds, side: 16, batchSize: 2, key: key).prefix(9))
        #expect(whole[2].nextPosition == 6 && whole[0].shape == [2, 16, 16, 3])
        #expect(
            whole.allSatisfy {
                $0.pictures.count == 2 && $0.pictures.allSatisfy { $0.count == 2 * 16 * 16 * 3 }
            })
        let later = CropStream(
            kinds, side: 16, batchSize: 2, key: key, startingAt: whole[3].nextPosition)
        #expect(Array(later.prefix(5)) == Array(whole[4...]))
        // Other batch sizes give the same parts, and no two parts are alike.
        let single = Array(CropStream(kinds, side: 16, batchSize: 1, key: key).prefix(18))
        #expect(single.flatMap { $0.pictures[1] } == whole.flatMap { $0.pictures[1] })
        #expect(Set(single.map { $0.pictures[0] }).count == 18)
        let other = CropStream(kinds, side: 16, batchSize: 2, key: RandomKey(seed: 3))
        #expect(Array(other.prefix(9)) != whole)
    }

    @Test func aMiddleIsAllThatFits() throws {
        let folder = try TemporaryFolder()
        let kinds = try kinds(folder)
        let middle = try kinds[1].middle(at: 0, side: 16)
        #expect(middle.width == 16 && middle.height == 16)
        #expect(try kinds[1].middle(at: 0, side: 16) == middle)
        #expect(CropVariation(enlargement: 9).problem?.contains("1 to 8") == true)
        #expect(CropVariation(enlargement: 2).problem == nil)
    }
}
