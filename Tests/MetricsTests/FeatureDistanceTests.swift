import Metrics
import Networks
import OneDNNBackend
import TensorCore
import Testing

/// The distance of pictures by a network's activations, against PyTorch.
@Suite struct FeatureDistanceTests {
    private static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))

    init() { _ = Self.installed }

    /// The numbers of Tools/goldens/make_feature_distance_goldens.py: -0.5 ... 0.5, without order.
    private static func numbers(_ count: Int, _ salt: Int) -> [Double] {
        (0..<count).map { i in
            var hash = (UInt64(i) &* 2_654_435_761 &+ UInt64(salt) &* 40503) & 0xFFFF_FFFF
            hash ^= hash >> 15
            hash = (hash &* 2_246_822_519) & 0xFFFF_FFFF
            hash ^= hash >> 13
            return Double(hash) / 4_294_967_296 - 0.5
        }
    }

    private static func picture(_ height: Int, _ width: Int, shifted: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let value = (x * 7 + y * 13 + c * 29 + x * y / 4) % 256
                    let shift = shifted ? (x * 5 + y * 3 + c) % 61 - 30 : 0
                    bytes.append(UInt8(min(255, max(0, value + shift))))
                }
            }
        }
        return bytes
    }

    private static func table(
        _ needs: [(name: String, shape: [Int])], _ value: (Int, [Int], Int) -> [Float]
    ) -> WeightTable {
        var tensors: [String: Tensor] = [:]
        for (place, need) in needs.enumerated() {
            let values = value(place, need.shape, need.shape.reduce(1, *))
            tensors[need.name] = Tensor(values, shape: need.shape)
        }
        return WeightTable(origin: "test", tensors: tensors)
    }

    private static func trunk(
        _ version: SqueezeNetTrunk.Version, _ convention: SqueezeNetTrunk.Convention
    ) throws -> SqueezeNetTrunk {
        try SqueezeNetTrunk(
            table(SqueezeNetTrunk.needs(version, convention)) { place, shape, count in
                let fan = Double(shape.dropFirst().reduce(1, *))
                let scale = shape.count == 4 ? 3.4 * (2 / fan).squareRoot() : 0.2
                return numbers(count, place).map { Float($0 * scale) }
            })
    }

    private static let heads = table(
        [64, 128, 256, 384, 384, 512, 512].enumerated().map {
            (name: "lin\($0).model.1.weight", shape: [1, $1, 1, 1])
        }
    ) { place, _, count in numbers(count, 1000 + place).map { Float($0 + 0.5) } }

    struct Golden: Sendable {
        var version: SqueezeNetTrunk.Version
        var convention: SqueezeNetTrunk.Convention
        var hasHeads: Bool
        var height: Int, width: Int
        var distance: Double
    }

    // Printed by Tools/goldens/make_feature_distance_goldens.py (PyTorch 2, float64).
    static let goldens = [
        Golden(
            version: .original, convention: .torchvision, hasHeads: false, height: 64, width: 80,
            distance: 0.15822312805331068),
        Golden(
            version: .original, convention: .caffe, hasHeads: false, height: 72, width: 64,
            distance: 0.13119388743276844),
        Golden(
            version: .revised, convention: .torchvision, hasHeads: false, height: 64, width: 64,
            distance: 0.17860536072285244),
        Golden(
            version: .revised, convention: .torchvision, hasHeads: true, height: 65, width: 70,
            distance: 0.08143807313735736),
    ]

    @Test(arguments: goldens)
    func distancesAreThoseOfPyTorch(_ golden: Golden) throws {
        let network = try Self.trunk(golden.version, golden.convention)
        let distance = try FeatureDistance(network, heads: golden.hasHeads ? Self.heads : nil)
        #expect(distance.name.hasPrefix("LPIPS") == golden.hasHeads)
        #expect(distance.name.contains("squeezenet\(golden.version.rawValue)"))
        let one = Self.picture(golden.height, golden.width, shifted: false)
        let other = Self.picture(golden.height, golden.width, shifted: true)
        // Five pairs: one more than go through the network at a time.
        let found = distance(
            [one, one, other, one, other], [other, one, one, other, one], height: golden.height,
            width: golden.width)
        #expect(found.count == 5)
        for place in [0, 2, 3, 4] {
            #expect(
                abs(found[place] - golden.distance) < 1e-5 * golden.distance,
                "\(place): \(found[place])")
        }
        #expect(found[1] == 0, "a picture is no distance from itself")
    }

    @Test func smallPicturesAreEnlarged() throws {
        let distance = try FeatureDistance(try Self.trunk(.revised, .torchvision))
        let (one, other) = (
            Self.picture(16, 24, shifted: false), Self.picture(16, 24, shifted: true)
        )
        let found = distance([one, one], [one, other], height: 16, width: 24)
        #expect(found[0] == 0 && found[1] > 0.01 && found[1] < 14)
    }

    @Test func headsFitTheirOwnNetworkAlone() throws {
        for (version, convention) in [
            (SqueezeNetTrunk.Version.original, SqueezeNetTrunk.Convention.torchvision),
            (.revised, .caffe),
        ] {
            #expect(throws: WeightError.self) {
                try FeatureDistance(try Self.trunk(version, convention), heads: Self.heads)
            }
        }
        let some = WeightTable(origin: "heads.safetensors", tensors: [:])
        let error = try #require(throws: WeightError.self) {
            try FeatureDistance(try Self.trunk(.revised, .torchvision), heads: some)
        }
        #expect("\(error)".contains("heads.safetensors"))
        #expect("\(error)".contains("lin0.model.1.weight"))
    }
}
