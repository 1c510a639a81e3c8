import Foundation
public import TensorCore
public import Testing

/// One entry of `ops.json`: an operation, its attributes, and where its goldens are.
public struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    /// An attribute: a number or a list of numbers.
    public enum Attribute: Decodable, Sendable {
        case number(Double)
        case list([Int])

        /// Reads a number, or a list of whole numbers.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([Int].self) {
                self = .list(list)
            } else {
                self = .number(try container.decode(Double.self))
            }
        }
    }

    /// The prefix of its arrays.
    public var name: String
    /// The operation.
    public var op: String
    /// What the operation takes besides operands.
    public var attributes: [String: Attribute]
    /// The element types of the operands.
    public var operands: [String]
    /// The element type of the result.
    public var result: String
    /// The operands that there are gradients for.
    public var gradients: [Int]
    /// Whether there are second derivatives.
    public var second: Bool

    /// The name that a test report shows.
    public var testDescription: String { name }

    /// A whole-number attribute.
    public func integer(_ key: String, default missing: Int) -> Int {
        if case .number(let value) = attributes[key] { return Int(value) }
        return missing
    }

    /// A number; 0 where there is none of that name.
    public func number(_ key: String) -> Double {
        if case .number(let value) = attributes[key] { return value }
        return 0
    }

    /// A list; empty where there is none of that name.
    public func list(_ key: String) -> [Int] {
        if case .list(let value) = attributes[key] { return value }
        return []
    }

    /// The geometry of a convolution case.
    public var convolution: Convolution2dParameters {
        var p = Convolution2dParameters(
            stride: integer("stride", default: 1), padding: integer("padding", default: 0),
            dilation: integer("dilation", default: 1), groups: integer("groups", default: 1))
        let sides = list("paddings")
        if sides.count == 4 {
            (p.paddingTop, p.paddingBottom, p.paddingLeft, p.paddingRight) =
                (sides[0], sides[1], sides[2], sides[3])
        }
        return p
    }

    /// The geometry of a pooling case.
    public var pool: Pool2dParameters {
        var p = Pool2dParameters(
            kernel: integer("kernel", default: 1), stride: integer("stride", default: 1))
        let sides = list("paddings")
        if sides.count == 4 {
            (p.paddingTop, p.paddingBottom, p.paddingLeft, p.paddingRight) =
                (sides[0], sides[1], sides[2], sides[3])
        }
        return p
    }
}

/// The goldens of `Tools/goldens/make_op_goldens.py`.
public struct OpGoldens: Sendable {
    /// The cases.
    public var cases: [GoldenCase]
    /// Their arrays.
    public var fixture: Fixture

    /// Reads the committed goldens.
    ///
    /// - Throws: the error of reading or decoding the files.
    public init() throws {
        struct List: Decodable { var cases: [GoldenCase] }
        let list = try Data(contentsOf: Fixture.folder.appendingPathComponent("ops.json"))
        cases = try JSONDecoder().decode(List.self, from: list).cases
        fixture = try Fixture(
            contentsOf: Fixture.folder.appendingPathComponent("ops.safetensors"))
    }

    /// An array of a case: `x0`, `y`, `v`, `g1`, ....
    ///
    /// - Throws: `Fixture.Malformed` if there is none.
    public func array(_ golden: GoldenCase, _ part: String) throws -> Fixture.Array {
        try fixture.array("\(golden.name)/\(part)")
    }
}
