import Layers
public import Networks
public import Optimizers
public import TensorCore

// Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network",
// https://arxiv.org/abs/1503.02531, with activations in place of answers as in Romero et al. 2015,
// "FitNets: Hints for Thin Deep Nets", https://arxiv.org/abs/1412.6550.

/// A network whose activations another one learns to have.
public struct PerceptualTeacher: Sendable {
    /// Its name, for people.
    public let name: String
    /// Channels of the four activations.
    public let widths: [Int]
    private let look: @Sendable (Tensor) -> [Tensor]

    /// A teacher.
    ///
    /// - Parameters:
    ///   - name: Its name, for people.
    ///   - look: From pictures `[N, H, W, 3]`, RGB, 0 ... 1, with sides that are multiples of 16, to the
    ///     activations ``StyleEncoder/styleActivations`` of VGG-19's layout,
    ///     `[N, H, W, C]`, `[N, H/2, W/2, C']` and so on.
    public init(name: String, look: @escaping @Sendable (Tensor) -> [Tensor]) {
        self.name = name
        self.look = look
        // Shapes are known without anything being computed.
        let seen = look(.zeros([1, 32, 32, 3]))
        precondition(
            seen.count == 4 && seen.indices.allSatisfy { seen[$0].shape[1] == 32 >> $0 },
            "[PerceptualTeacher] expected activations with sides of 32, 16, 8 and 4, got "
                + "\(seen.map(\.shape))")
        widths = seen.map { $0.shape[3] }
    }

    func callAsFunction(_ pictures: Tensor) -> [Tensor] {
        look(pictures).map { stopGradient($0) }
    }
}

/// A student, and what makes its activations as wide as the teacher's where they are not.
public struct DistilledPair: Module {
    /// The network that learns.
    public var student: StyleEncoder
    /// 1x1 for each activation; empty where student and teacher are equally wide.
    var adapters: [Conv2d]

    init(_ configuration: DistillationConfiguration, teacherWidths: [Int]) {
        let key = RandomKey(seed: configuration.seed)
        student = StyleEncoder(key: key.folded("student"), widths: configuration.widths)
        adapters =
            configuration.widths == teacherWidths
            ? []
            : zip(configuration.widths, teacherWidths).enumerated().map { place, widths in
                Conv2d(
                    inputChannels: widths.0, outputChannels: widths.1, kernelSize: 1,
                    key: key.folded("adapter").folded(UInt64(place)))
            }
    }

    /// The four activations, as wide as the teacher's.
    func callAsFunction(_ pictures: Tensor) -> [Tensor] {
        let seen = student.activations(of: pictures)
        return adapters.isEmpty ? seen : zip(adapters, seen).map { $0($1) }
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        student.forEachTensor(under: path + "student.", body)
        for i in adapters.indices {
            adapters[i].forEachTensor(under: path + "adapter\(i + 1).", body)
        }
    }
}

/// What has been learned so far, and all that a step depends on.
public struct DistillationState: Module {
    /// The networks as the last step left them.
    public var pair: DistilledPair
    /// What moves the weights.
    public var optimizer: Adam
    /// What the teacher's activations are divided by, `[4]`: the roots of their mean squares.
    public var scales: Tensor
    /// How many steps there have been.
    public var step = 0 {
        didSet { optimizer.step = step }
    }

    /// A beginning; nothing is evaluated yet.
    public init(_ configuration: DistillationConfiguration, teacherWidths: [Int]) {
        pair = DistilledPair(configuration, teacherWidths: teacherWidths)
        optimizer = Adam(for: pair)
        scales = .ones([4])
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        pair.forEachTensor(under: path, body)
        optimizer.forEachTensor(under: path + "optimizer.", body)
        body(path + "scales", &scales, .buffer)
    }
}

/// What a distillation tells after a step.
public struct DistillationReport: Sendable {
    /// How many steps there have been, this one included.
    public var step: Int
    /// The sum of the layers' losses.
    public var loss: Float
    /// For each activation the root of the mean squared difference over the root of the teacher's
    /// mean square: 0 is the teacher, 1 is no better than zeros.
    public var errors: [Float]
}

/// Teaches a ``StyleEncoder`` another network's activations. Never prints, saves or draws.
///
/// The student learns each activation divided by one number, the root of its mean square over the
/// pictures that the training begins with, so that all are of size one whatever the teacher's are.
public struct DistillationTrainer: Sendable {
    /// The numbers of the training.
    public let configuration: DistillationConfiguration
    /// Who is listened to.
    public let teacher: PerceptualTeacher
    /// What has been learned.
    public private(set) var state: DistillationState

    /// A trainer of a new student.
    ///
    /// - Parameter pictures: `[N, H, W, 3]` bytes, on which the teacher's sizes are measured.
    public init(
        _ configuration: DistillationConfiguration, teacher: PerceptualTeacher, pictures: Tensor
    ) {
        var state = DistillationState(configuration, teacherWidths: teacher.widths)
        let squares = Self.chunks(pictures).map { part in
            teacher(Self.normal(part)).map { $0.square().mean() }
        }
        let sums = squares.dropFirst().reduce(squares[0]) { zip($0, $1).map { $0 + $1 } }
        state.scales = concatenate(
            sums.map { ($0 / Double(squares.count) + 1e-12).sqrt().reshaped([1]) }, axis: 0)
        self.init(state: state, configuration, teacher: teacher)
    }

    /// A trainer that goes on from a state.
    public init(
        state: DistillationState, _ configuration: DistillationConfiguration,
        teacher: PerceptualTeacher
    ) {
        if let problem = configuration.problem {
            preconditionFailure("[DistillationTrainer] \(problem)")
        }
        self.configuration = configuration
        self.teacher = teacher
        self.state = state
        evaluate(self.state.namedTensors().map(\.tensor))
    }

    /// One step.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]` bytes, sides multiples of 16.
    ///   - share: How much of the training is over, 0 ... 1, which the learning rate follows.
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ pictures: Tensor, share: Double) throws -> DistillationReport {
        var next = state
        let inputs = Self.normal(pictures)
        let targets = scaledTargets(inputs)
        var parts: [Tensor] = []
        let result = valueAndGrad(at: &next.pair) { pair in
            parts = zip(pair(inputs), targets).map { seen, target in
                (seen - target).square().mean() / (target.square().mean() + 1e-12)
            }
            return parts.dropFirst().reduce(parts[0], +)
        }
        next.optimizer.update(
            &next.pair, result.gradients,
            learningRate: configuration.learningRate(after: share))
        next.step = state.step + 1
        let names = StyleEncoder.styleActivations
        let values = try commitStep(
            &state, next,
            [("loss", result.value)] + zip(names, parts).map { ($0, $1) }, step: state.step + 1,
            precision: configuration.precision
        ) { _ in true }
        return DistillationReport(
            step: state.step, loss: values["loss"] ?? 0,
            errors: names.map { (values[$0] ?? 0).squareRoot() })
    }

    /// The errors of each activation on pictures `[N, H, W, 3]` (bytes), as reports have them, over all
    /// pictures together.
    public func errors(on pictures: Tensor) -> [Double] {
        var sums = [(difference: Double, size: Double)](repeating: (0, 0), count: 4)
        for part in Self.chunks(pictures) {
            let inputs = Self.normal(part)
            let pairs = zip(state.pair(inputs), scaledTargets(inputs)).map { seen, target in
                ((seen - target).square().sum(), target.square().sum())
            }
            evaluate(pairs.flatMap { [$0.0, $0.1] }, precision: configuration.precision)
            for (place, pair) in pairs.enumerated() {
                sums[place].difference += Double(pair.0.scalar())
                sums[place].size += Double(pair.1.scalar())
            }
        }
        return sums.map { ($0.difference / max($0.size, 1e-30)).squareRoot() }
    }

    private func scaledTargets(_ inputs: Tensor) -> [Tensor] {
        teacher(inputs).enumerated().map { place, target in
            target / state.scales.sliced(starts: [place], sizes: [1]).reshaped([])
        }
    }

    private static func normal(_ bytes: Tensor) -> Tensor {
        precondition(
            bytes.rank == 4 && bytes.shape[3] == 3 && bytes.dtype == .uint8
                && bytes.shape[1] % 16 == 0 && bytes.shape[2] % 16 == 0,
            "[DistillationTrainer] expected pictures [N, H, W, 3] of bytes with sides that are "
                + "multiples of 16, got \(bytes)")
        return bytes.cast(to: .float32) * (1.0 / 255)
    }

    /// Eight pictures at a time, so that memory stays that of a step.
    private static func chunks(_ pictures: Tensor) -> [Tensor] {
        let shape = pictures.shape
        return stride(from: 0, to: shape[0], by: 8).map { start in
            pictures.sliced(
                starts: [start, 0, 0, 0], sizes: [min(8, shape[0] - start)] + shape.dropFirst())
        }
    }
}
