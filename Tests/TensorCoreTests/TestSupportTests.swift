import Foundation
import TensorCore
import TestSupport
import Testing

/// The tools of the tests must fail when they should.
@Suite struct TestSupportTests {
    @Test func expectCloseSeesWhatDiffers() {
        func fails(
            _ actual: [Double], _ shape: [Int], _ expected: [Double], _ expectedShape: [Int]
        ) {
            withKnownIssue {
                expectClose(
                    actual, shape: shape, to: expected, shape: expectedShape, absolute: 0.01,
                    relative: 0.01)
            }
        }
        fails([1, 2], [2], [1, 2], [1, 2])
        fails([1, 2], [2], [1, 2, 3], [3])
        fails([1], [2], [1], [2])
        fails([1, 2], [2], [1, 2.1], [2])
        fails([.nan], [1], [1], [1])
        fails([1], [1], [.nan], [1])
        fails([.nan], [1], [.nan], [1])
        fails([.infinity], [1], [1e300], [1])
        fails([-.infinity], [1], [.infinity], [1])
        fails([0.02], [1], [0], [1])
    }

    @Test func expectCloseLetsPassWhatIsClose() {
        expectClose(
            [100.9, 0.009, .infinity] as [Double], shape: [3], to: [100, 0, .infinity], shape: [3],
            absolute: 0.01, relative: 0.01)
        expectClose(
            [Double.nan], shape: [1], to: [.nan], shape: [1], absolute: 0, relative: 0,
            nanEqual: true)
    }

    @Test func aWrongDerivativeIsSeen() {
        withKnownIssue {
            // The derivative of the cut-off factor is missing.
            checkDerivatives("wrong", [Variable([3])], order: 1) {
                $0[0] * $0[0].stoppingGradient()
            }
        }
        withKnownIssue {
            // x^2 with a first derivative of 2x, and none after that.
            checkDerivatives("wrong", [Variable([3])]) { x in
                let fixed = x[0].stoppingGradient()
                return fixed.square() + (x[0] - fixed) * fixed * 2
            }
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("order 2") }
        }
    }

    @Test func fixturesAreCheckedAgainstTheirSize() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fixture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func read(_ header: String, length: UInt64? = nil, body: Int) throws -> Fixture {
            var data = Data()
            withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
                data.append(contentsOf: $0)
            }
            data.append(contentsOf: header.utf8)
            data.append(Data(count: body))
            let url = folder.appendingPathComponent("x.safetensors")
            try data.write(to: url)
            return try Fixture(contentsOf: url)
        }
        func entry(_ dtype: String, _ end: Int) -> String {
            #"{"a":{"dtype":"\#(dtype)","shape":[2],"data_offsets":[0,\#(end)]}}"#
        }
        #expect(try read(entry("F32", 8), body: 8).array("a").values == [0, 0])
        #expect(throws: Fixture.Malformed.self) { try read(entry("F32", 8), body: 4) }
        #expect(throws: Fixture.Malformed.self) { try read(entry("F32", 12), body: 12) }
        #expect(throws: Fixture.Malformed.self) { try read(entry("F64", 16), body: 16) }
        #expect(throws: Fixture.Malformed.self) { try read("{}", length: .max, body: 0) }
        #expect(throws: Fixture.Malformed.self) { try read(entry("F32", 8), body: 8).array("b") }
    }
}
