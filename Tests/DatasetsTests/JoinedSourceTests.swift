import Datasets
import Imaging
import Testing

/// Several sources as one.
@Suite struct JoinedSourceTests {
    @Test func itemsFollowEachOther() throws {
        let parts = [3, 0, 2].map { GeneratedSource(count: $0, broken: $0 == 2 ? [1] : []) }
        let source = JoinedSource(parts)
        #expect(source.count == 5 && source.classNames.isEmpty)
        #expect(
            (0..<5).map { source.name(of: $0) } == [
                "1.generated/picture 0", "1.generated/picture 1", "1.generated/picture 2",
                "3.generated/picture 0", "3.generated/picture 1",
            ])
        #expect(try source.picture(at: 2) == testPicture(2))
        #expect(try source.picture(at: 3) == testPicture(0))
        #expect(source.label(of: 1) == nil)
        #expect(datasetError { () throws(DatasetError) in _ = try source.picture(at: 4) } != nil)
        let data = try PictureDataset(source, .init(height: 8, width: 8))
        #expect(data.count == 5 && !data.hasLabels)
    }

    @Test func onePathKeepsItsNames() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture(1, "photos/a.png")
        try folder.writePicture(2, "photos/b.png")
        try folder.writePicture(3, "paintings/c.png")
        let one = try JoinedSource(paths: [folder.path + "/photos"])
        #expect((0..<2).map { one.name(of: $0) } == ["a.png", "b.png"])
        let both = try JoinedSource(paths: [folder.path + "/photos", folder.path + "/paintings/"])
        #expect(both.count == 3 && both.name(of: 2) == "2.paintings/c.png")
        let missing = folder.path + "/none"
        let error = datasetError { () throws(DatasetError) in
            _ = try JoinedSource(paths: [folder.path + "/photos", missing])
        }
        #expect(error?.path == missing)
    }
}
