import Foundation
import Runs
import TensorCore
import Testing

/// `.pth` files that PyTorch itself wrote (Tools/goldens/make_pth_fixtures.py), and hostile ones.
@Suite struct PyTorchFileTests {
    private func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name)").path
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// Writes bytes to a file of their own and opens it.
    private func open(_ bytes: [UInt8]) throws -> PyTorchFile {
        let folder = try TemporaryFolder()
        return try withExtendedLifetime(folder) {
            let file = folder.path + "/hostile.pth"
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            return try PyTorchFile(path: file)
        }
    }

    @Test(arguments: ["zip.pth", "legacy.pth", "nested.pth"])
    func tensorsAreThoseOfPyTorch(name: String) throws {
        let file = try PyTorchFile(path: path(name))
        #expect(
            file.names == [
                "bytes", "conv.bias", "conv.weight", "count", "half", "part", "scalar", "turned",
            ])
        func floats(_ name: String) throws -> (shape: [Int], values: [Float]) {
            let tensor = try #require(try file.tensor(named: name))
            return (tensor.shape, try #require(tensor.floats))
        }
        let ramp = (0..<24).map { Float($0) / 8 - 1 }
        #expect(try floats("conv.weight").shape == [2, 3, 2, 2])
        #expect(try floats("conv.weight").values == ramp)
        #expect(try floats("conv.bias").values == [0.5, -2])
        // A transposed view and a slice of the same storage.
        #expect(try floats("turned").shape == [4, 6])
        #expect(
            try floats("turned").values
                == (0..<24).map { ramp[$0 % 6 * 4 + $0 / 6] })
        #expect(try floats("part").values == Array(ramp[8..<12]))
        #expect(try floats("half").values == [0.25, -3])
        #expect(try floats("scalar").shape == [] && floats("scalar").values == [7])
        let count = try #require(try file.tensor(named: "count"))
        #expect(count.dtype == .int32 && count.integers == [1 << 20])
        #expect(try #require(try file.tensor(named: "bytes")).bytes.array == [1, 2, 255])
        #expect(try file.tensor(named: "nothing").map(\.name) == nil)
    }

    @Test func nothingIsExecuted() throws {
        // A pickle that would touch a file when Python loads it, beside a tensor.
        let file = try PyTorchFile(path: path("hostile.pth"))
        #expect(file.names == ["weight"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/atelier-pickle-was-executed"))
    }

    @Test(arguments: ["zip.pth", "legacy.pth"]) func everyTornFileIsRefused(name: String) throws {
        let whole = try bytes(name)
        var refused = 0
        for count in stride(from: 0, to: whole.count, by: 7) {
            do { _ = try open(Array(whole[..<count])) } catch {
                #expect(error is PyTorchFileError, "\(count): \(error)")
                refused += 1
            }
        }
        #expect(refused > whole.count / 7 - 2)
    }

    @Test(arguments: ["zip.pth", "legacy.pth"]) func damageIsRefusedOrHarmless(name: String) throws
    {
        let whole = try bytes(name)
        for position in stride(from: 0, to: whole.count, by: 5) {
            var damaged = whole
            damaged[position] ^= 0xff
            do {
                let file = try open(damaged)
                for name in file.names.prefix(20) { _ = try file.tensor(named: name) }
            } catch { #expect(error is PyTorchFileError, "\(position): \(error)") }
        }
    }

    @Test func otherFilesAreRefusedInWords() throws {
        func words(_ bytes: [UInt8]) -> String {
            do {
                _ = try open(bytes)
                return ""
            } catch { return "\(error)" }
        }
        #expect(words([]).contains("not a file of torch.save"))
        #expect(words(Array("hello, world".utf8)).contains("not a file of torch.save"))
        #expect(words([0x50, 0x4b, 3, 4]).contains("damaged archive"))
        let missing = #expect(throws: PyTorchFileError.self) {
            try PyTorchFile(path: "/nothing/here.pth")
        }
        #expect("\(try #require(missing))".contains("/nothing/here.pth"))
    }
}
