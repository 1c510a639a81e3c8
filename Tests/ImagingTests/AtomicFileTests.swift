import Files
import Glibc
import Imaging
import Testing

struct AtomicFileTests {
    @Test func replacesTheWholeFileOnCommitOnly() throws {
        let folder = ScratchFolder()
        let path = folder.path + "/a.txt"
        try AtomicFile.write("old", to: path)
        let file = try AtomicFile(path: path)
        try file.append(Array("??".utf8))
        try file.append(Array("new".utf8))
        try file.overwrite(Array("<>".utf8), at: 0)
        #expect(file.count == 5)
        #expect(try TestData.bytes(path) == Array("old".utf8))
        try file.commit()
        #expect(try TestData.bytes(path) == Array("<>new".utf8))
        #expect(TestData.names(in: folder.path) == ["a.txt"])
    }

    @Test func abortAndNeglectLeaveNothing() throws {
        let folder = ScratchFolder()
        let path = folder.path + "/a.txt"
        let file = try AtomicFile(path: path)
        try file.append([1, 2, 3])
        file.abort()
        #expect(TestData.names(in: folder.path).isEmpty)
        do { _ = try AtomicFile(path: path) }
        #expect(TestData.names(in: folder.path).isEmpty)
    }

    @Test func namesAsLongAsTheSystemTakesAreWritten() throws {
        let folder = ScratchFolder()
        // 80 characters of three bytes each; a name has at most 255 bytes.
        let name = String(repeating: "\u{82b1}", count: 80)
        try AtomicFile.write("flower", to: folder.path + "/" + name)
        #expect(TestData.names(in: folder.path) == [name])
    }

    @Test func failuresAreTyped() throws {
        let folder = ScratchFolder()
        func reason(_ path: String) -> FileError.Reason? {
            do throws(FileError) {
                try AtomicFile.write([1], to: path)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(folder.path + "/none/a") == .notFound)
        #expect(reason(folder.path) == .notARegularFile)
        #expect(reason("/dev/null") == .notARegularFile)
        #expect(reason("") == .notFound)
        #expect(reason("/proc/atelier") != nil)
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may write everywhere"))
    func aFolderWithoutPermissionIsNamed() throws {
        let folder = ScratchFolder()
        chmod(folder.path, 0o500)
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write([1], to: folder.path + "/a")
        }
        #expect(error?.reason == .permissionDenied)
        #expect(error?.description.contains(folder.path) == true)
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0, "needs /dev/full"))
    func errorNumbersAreTranslated() {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        #expect(write(descriptor, &byte, 1) == -1)
        #expect(FileError(path: "a", operation: "write", errno: errno).reason == .noSpace)
        #expect(
            FileError(path: "a", operation: "write", errno: EROFS).reason == .readOnlyFileSystem)
    }

    @Test func linksSurvive() throws {
        let folder = ScratchFolder()
        try AtomicFile.write("old", to: folder.path + "/real")
        symlink("real", folder.path + "/link")
        try AtomicFile.write("new", to: folder.path + "/link")
        #expect(try TestData.bytes(folder.path + "/real") == Array("new".utf8))
        var status = stat()
        lstat(folder.path + "/link", &status)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test func leftoversOfTheDeadAreRemovedAndOfTheLivingKept() throws {
        let folder = ScratchFolder()
        // The largest process number is far above any that runs.
        try AtomicFile.write("x", to: folder.path + "/.a.png.4194305-zz.atelier-tmp")
        try AtomicFile.write("x", to: folder.path + "/mine.png")
        let file = try AtomicFile(path: folder.path + "/b.png")
        #expect(TestData.names(in: folder.path).count == 3)
        #expect(AtomicFile.removeLeftovers(inFolder: folder.path) == 1)
        #expect(TestData.names(in: folder.path).count == 2)
        try file.commit()
        #expect(TestData.names(in: folder.path) == ["b.png", "mine.png"])
    }
}
