import Files
import Foundation
import Runs
import TensorCore
import Testing

/// A file of a header text and data, as a hostile or foreign program might write it.
func safetensors(_ header: String, data: [UInt8] = [], claim: UInt64? = nil) -> [UInt8] {
    withUnsafeBytes(of: (claim ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        + Array(header.utf8) + data
}

@Suite struct SafetensorsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let sample = [
        StoredTensor(
            name: "b.weight", shape: [2, 3], floats: [1, -2, 3.5, .nan, .infinity, -0.0]),
        StoredTensor(name: "a.step", shape: [], integers: [-7]),
        StoredTensor(
            name: "c.mask", dtype: .bool, shape: [3], bytes: StoredBytes(copying: [1, 0, 1])),
        StoredTensor(
            name: "d.half", dtype: .bfloat16, shape: [2],
            bytes: StoredBytes(copying: [0x80, 0x3F, 0x20, 0xC0])),
        StoredTensor(name: "e.empty", shape: [0, 4], floats: []),
        StoredTensor(
            name: "f.picture", dtype: .uint8, shape: [1, 2], bytes: StoredBytes(copying: [0, 255])),
    ]

    @Test func everythingComesBack() throws {
        let path = folder.file("t.safetensors")
        let metadata = ["format": "\"quoted\"\n\\ \u{1} \u{00e9} \u{1F33C}", "": "empty key"]
        try SafetensorsFile.write(Self.sample, metadata: metadata, to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == metadata)
        #expect(file.names == ["a.step", "b.weight", "e.empty", "d.half", "c.mask", "f.picture"])
        for tensor in Self.sample {
            let read = try file.tensor(named: tensor.name)
            #expect(read.dtype == tensor.dtype && read.shape == tensor.shape)
            #expect(read.bytes.array == tensor.bytes.array)
        }
        #expect(try file.tensor(named: "d.half").floats == [1, -2.5])
        #expect(try file.tensor(named: "a.step").integers == [-7])
        #expect(try folder.names == ["t.safetensors"])
    }

    @Test func halvesAreTheNearest() throws {
        let path = folder.file("half.safetensors")
        // Exact ones, ties to even on both sides, the least and the greatest, and beyond them.
        let values: [Float] = [
            0, -0.0, 1, -2.5, 0.1, 1 + 0x1p-11, 1 + 0x1.8p-10, 65504, 65519, 65520, .infinity,
            0x1p-24, 0x1p-25, 0x1.8p-25, 0x1.ff8p-15, 0x1.fffp-15, 3.14159,
        ]
        let expected: [Float] = [
            0, -0.0, 1, -2.5, 0x1.998p-4, 1, 1 + 0x1p-9, 65504, 65504, .infinity, .infinity,
            0x1p-24, 0, 0x1p-24, 0x1.ff8p-15, 0x1p-14, 3.140625,
        ]
        let tensors = [
            StoredTensor(name: "x", shape: [values.count], floats: values),
            StoredTensor(name: "step", shape: [], integers: [5]),
        ]
        try SafetensorsFile.writeSealed(tensors, metadata: [:], halvesFloats: true, to: path)
        let file = try SafetensorsFile(path: path)
        try file.verifySeal()
        #expect(file.entry(named: "x")?.type == .float16)
        #expect(file.entry(named: "x")?.range.count == 2 * values.count)
        let read = try #require(try file.tensor(named: "x").floats)
        #expect(read.map(\.bitPattern) == expected.map(\.bitPattern), "\(read)")
        #expect(try file.tensor(named: "step").integers == [5])
        // Every finite half comes back to itself.
        let all = (0..<UInt16(0x7C00)).map { Float(Float16(bitPattern: $0)) }
        try SafetensorsFile.writeSealed(
            [StoredTensor(name: "all", shape: [all.count], floats: all)], metadata: [:],
            halvesFloats: true, to: path)
        let same = try #require(try SafetensorsFile(path: path).tensor(named: "all").floats)
        #expect(same == all)
    }

    @Test func theOrderOfTheCallerDoesNotMatter() throws {
        try SafetensorsFile.write(
            Self.sample, metadata: ["a": "1", "b": "2"], to: folder.file("1"))
        try SafetensorsFile.write(
            Self.sample.reversed(), metadata: ["b": "2", "a": "1"], to: folder.file("2"))
        #expect(try readFile(folder.file("1")) == readFile(folder.file("2")))
    }

    @Test func aFileOfPythonsIsRead() throws {
        let file = try SafetensorsFile(path: fixture("python.safetensors"))
        #expect(file.metadata == ["made by": "Python \u{00e9}\"\\"])
        #expect(
            try file.tensor(named: "f32").floats == [
                1.5, -2.25, Float(bitPattern: 0x0001_16C2), 3e38, 0.1, -0.0,
            ])
        #expect(try file.tensor(named: "f32").shape == [2, 3])
        #expect(try file.tensor(named: "f64").floats == [0.1, -.infinity, 0])
        let halves = try #require(try file.tensor(named: "f16").floats)
        #expect(
            halves == [0, -0.0, 1, -2.5, 65504, 0x1.ff8p-15, 0x1p-24, .infinity, -.infinity])
        #expect(try file.tensor(named: "i64").integers == [0, -1, .max, .min])
        #expect(try file.tensor(named: "i32").integers == [7, -8])
        #expect(try file.tensor(named: "u8").bytes.array == [0, 128, 255])
        #expect(try file.tensor(named: "bool").bytes.array == [1, 0, 1])
        #expect(try file.tensor(named: "scalar").floats == [42])
        #expect(try file.tensor(named: "scalar").shape == [])
        #expect(try file.tensor(named: "empty").shape == [0, 3])
        #expect(throws: SafetensorsError.self) { try file.tensor(named: "i64.large") }
    }

    @Test(arguments: [
        ("F16", "[2305843009213693952,0]"), ("I8", "[4611686018427387904,0]"),
        ("F32", "[0,4294967296,4294967296]"),
    ])
    func anEmptyTensorOfAnImpossibleShapeIsRefused(type: String, shape: String) throws {
        let path = try folder.write(
            safetensors(
                #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,0]}}"#), "t")
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    }

    /// Opening a pipe waits for whoever writes into it: for ever, if nobody does.
    @Test func aPipeIsRefused() throws {
        let path = folder.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
        var reader = MetricsReader(path: path)
        #expect(reader.poll().records.isEmpty)
    }

    @Test func anUnknownNameSaysWhatIsNear() throws {
        let path = folder.file("t")
        try SafetensorsFile.write(Self.sample, to: path)
        #expect(
            throws: SafetensorsError(
                path: path, defect: .noSuchTensor(name: "x.weight", near: ["b.weight"]))
        ) { try SafetensorsFile(path: path).tensor(named: "x.weight") }
    }

    @Test func everyHostileHeaderIsRefusedForItsOwnReason() throws {
        typealias Defect = SafetensorsError.Defect
        func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
            "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
        }
        let data = [UInt8](repeating: 0, count: 16)
        let a = entry("a", "F32", "2", "0,8")
        let cases: [([UInt8], Defect)] = [
            ([], .tooShort(byteCount: 0)),
            ([1, 2, 3], .tooShort(byteCount: 3)),
            (safetensors("{}", claim: .max), .headerTooLarge(byteCount: .max, limit: 100_000_000)),
            (safetensors("{}", claim: 3), .headerPastEnd(byteCount: 3, fileByteCount: 10)),
            (
                safetensors("{\(a)," + entry("a", "F32", "2", "8,16") + "}", data: data),
                .duplicateName("a")
            ),
            (
                safetensors("{\(a)," + entry("b", "F32", "2", "4,12") + "}", data: data),
                .overlap(tensor: "b", begin: 4, expected: 8)
            ),
            (
                safetensors("{\(a)," + entry("b", "F32", "1", "12,16") + "}", data: data),
                .gap(before: "b", begin: 12, expected: 8)
            ),
            (safetensors("{\(a)}", data: data), .gap(before: nil, begin: 16, expected: 8)),
            (
                safetensors("{\(a)," + entry("b", "F32", "4", "8,24") + "}", data: data),
                .pastEnd(tensor: "b", end: 24, dataByteCount: 16)
            ),
            (
                safetensors("{" + entry("a", "F32", "3", "0,8") + "}", data: data),
                .wrongSize(tensor: "a", shape: [3], type: "F32", byteCount: 8)
            ),
            (
                safetensors(
                    "{" + entry("a", "F32", "4611686018427387904,4,0", "0,0") + "}"),
                .wrongSize(
                    tensor: "a", shape: [4_611_686_018_427_387_904, 4, 0], type: "F32", byteCount: 0
                )
            ),
            (
                safetensors(
                    "{" + entry("a", "F3", "2", "0,8") + "," + entry("b", "Q4", "2", "8,16") + "}",
                    data: data),
                .unknownTypes(["F3": "a", "Q4": "b"])
            ),
        ]
        for (index, (bytes, defect)) in cases.enumerated() {
            let path = try folder.write(bytes, "hostile-\(index)")
            #expect(throws: SafetensorsError(path: path, defect: defect), "case \(index)") {
                try SafetensorsFile(path: path)
            }
        }
    }

    @Test(arguments: [
        "", "[]", "{", "{}x", "{\"a\":1}", "{\"a\":{}}", "{\"__metadata__\":{\"a\":1}}",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "{\"__metadata__\":{},\"__metadata__\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,99999999999999999999]}}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"more\":1}}",
        "{\"\\ud800\":{}}", "{\"\\x\":{}}", "{\"a\u{1}\":{}}", "{\"a\":{\"shape\":[00]}}", "{,}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},}",
    ])
    func aHeaderThatIsNotTheFormatsJSONIsRefused(_ header: String) throws {
        let path = try folder.write(safetensors(header), "bad")
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
        guard case .malformedHeader? = error?.defect else {
            Issue.record("\(String(describing: error)) for \(header)")
            return
        }
        #expect(error?.path == path && error?.description.contains("\n") == false)
    }

    /// Bytes changed, cut or put in anywhere: read without a crash, or refused with the path named.
    @Test func mutationsNeverCrash() throws {
        let path = folder.file("t")
        try SafetensorsFile.write(Self.sample, metadata: ["k": "v"], to: path)
        let original = try readFile(path)
        var refused = 0
        for seed in 0..<600 {
            let key = RandomKey(seed: UInt64(seed))
            var bytes = original
            for change in 0..<UInt64(1 + seed % 3) {
                // Mostly in the header, where the decisions are.
                let place = key.integer(3 * change, below: min(bytes.count, 460))
                let value = UInt8(key.integer(3 * change + 1, below: 256))
                switch key.integer(3 * change + 2, below: 4) {
                case 0: bytes[place] = value
                case 1: bytes[place] ^= 1 << (value & 7)
                case 2: bytes.remove(at: place)
                default: bytes.insert(value, at: place)
                }
            }
            let mutated = try folder.write(bytes, "m")
            do throws(SafetensorsError) {
                let file = try SafetensorsFile(path: mutated)
                for name in file.names { _ = try? file.tensor(named: name).bytes.array }
            } catch {
                #expect(error.path == mutated, "seed \(seed)")
                refused += 1
            }
        }
        #expect(refused > 300)
    }

    @Test func aMissingFileOrAFolderIsAnError() throws {
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsFile(path: folder.file("none"))
        }
        #expect(error?.description.contains("no such file") == true)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: folder.path) }
    }
}
