/// What a trained network lets one choose.
public struct ExplorerDescription: Sendable, Hashable {
    /// What a layer that takes a style of its own decides about.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        /// Arrangement and shapes.
        case coarse
        /// Parts.
        case middle
        /// Colours and texture.
        case fine
    }

    /// A layer that takes a style of its own.
    public struct Layer: Sendable, Hashable {
        /// The size of its features, as `8x8`.
        public var size: String
        /// What it decides about.
        public var group: Group

        /// A layer.
        public init(size: String, group: Group) {
            self.size = size
            self.group = group
        }
    }

    /// Steps that the network was trained for.
    public var step: Int
    /// One line about it: family and picture size.
    public var detail: String
    /// Names of the classes that it tells apart; empty where it has none.
    public var classNames: [String]
    /// Layers that take a style each, from coarse to fine; empty for families without styles.
    public var layers: [Layer]

    /// A network.
    public init(step: Int, detail: String, classNames: [String] = [], layers: [Layer] = []) {
        self.step = step
        self.detail = detail
        self.classNames = classNames
        self.layers = layers
    }
}

/// A picture that the user wants to see: a place on the way between two seeds.
public struct ExplorerRequest: Sendable, Hashable {
    /// The seed that the way begins at, A.
    public var first: UInt64 = 1
    /// The seed that the way leads to, B.
    public var second: UInt64 = 2
    /// How far along the way: 0 at A, 1 at B.
    public var share = 0.0
    /// How far latents or styles stay from their mean: 1 as they are, 0 at the mean.
    public var truncation = 1.0
    /// The class, by its place in the names.
    public var label = 0
    /// The layers whose style is B's, wherever the picture is on the way.
    public var mixedLayers: Set<Int> = []

    /// At the first of two seeds, with nothing changed.
    public init() {}
}

/// A source was asked to explore, and does not say that it can.
public struct ExplorerMissing: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public var description: String { "this source has no network to explore" }

    /// The error.
    public init() {}
}

extension ViewerSource {
    /// There is nothing to explore unless a source says so.
    public func openExplorer() throws -> ExplorerDescription { throw ExplorerMissing() }
    /// There is nothing to explore unless a source says so.
    public func explore(_ request: ExplorerRequest) throws -> SampleFrame {
        throw ExplorerMissing()
    }
    /// There is nothing to explore unless a source says so.
    public func saveExplored(_ request: ExplorerRequest) throws -> String {
        throw ExplorerMissing()
    }
}
