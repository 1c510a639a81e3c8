import ArgumentParser
import Foundation
import Networks
import Training

/// `atelier train features`.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Teach a small network to see as a large one does (for style transfer).",
        discussion: """
            DATA are folders or ZIPs of photographs and paintings; they need no labels. --teacher is \
            a VGG-16 or VGG-19 under torchvision's names, or an encoder of the distilled VGG-19 \
            (.safetensors, .pth). The student has VGG-19's layers up to conv4_1 with few channels, \
            and learns the teacher's activations relu1_1, relu2_1, relu3_1 and relu4_1, each divided \
            by one number so that all are of size one.

              atelier train features photos paintings --teacher wct16x_SE4.safetensors \\
                --minutes 60 -o features.safetensors
              atelier train features photos paintings --teacher wct16x_SE4.safetensors \\
                --resume -o features.safetensors

            Errors are shares of the teacher's size: 0 is the teacher, 1 as bad as nothing. Ctrl-C \
            saves the state beside the file (features.safetensors.state), as does the training \
            itself now and then; --resume goes on from it, exactly. The file serves

              atelier stylize photo.jpg --style a.jpg --method gatys --weights features.safetensors \\
                -o out.png
            """)

    @Argument(help: "Folders or ZIPs of pictures.") var data: [String]
    @Option(help: "The network to learn from (.safetensors, .pth).") var teacher: String
    @Option(name: [.customShort("o"), .customLong("out")], help: "The file to write.")
    var out: String
    @Flag(help: "Go on from the state beside the file; its numbers are kept.") var resume = false

    @Option(help: "Steps in all (20000, or as many as --minutes has time for).") var steps: Int?
    @Option(help: "Minutes of training in all, over every --resume.") var minutes: Double?
    @Option(help: "The side of the patches it sees; pictures are made twice as large (128).")
    var size: Int?
    @Option(help: "Patches in a batch (8).") var batch: Int?
    @Option(help: "Channels of the four blocks (16,32,64,128).") var widths: String?
    @Option(help: "The highest learning rate (0.002).") var lr: Double?
    @Flag(inversion: .prefixedNo, help: "Change colours a little, by chance.") var jitter = true
    @Option(help: "From which every random number follows (0).") var seed: UInt64?
    @Flag(inversion: .prefixedNo, help: "Write half precision, of half the size.") var half = true
    @Option(help: "bf16 rounds products where the machine gains by it (f32).")
    var precision: PrecisionChoice?
    @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors.") var quiet = false
    @Flag(help: "Print progress as JSON lines on standard output.") var json = false

    func validate() throws {
        if quiet && json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        if let minutes, !(minutes > 0 && minutes <= 1e6) {
            throw ValidationError("--minutes \(minutes): expected more than 0, at most 1000000")
        }
        let fixed: [(String, Bool)] = [
            ("--steps", steps != nil), ("--minutes", minutes != nil), ("--size", size != nil),
            ("--batch", batch != nil), ("--widths", widths != nil), ("--lr", lr != nil),
            ("--seed", seed != nil), ("--precision", precision != nil), ("--no-jitter", !jitter),
        ]
        if resume, let first = fixed.first(where: { $0.1 }) {
            throw ValidationError(
                "\(first.0) belongs to the beginning of a training: leave it out with --resume")
        }
        if let problem = try numbers().problem { throw ValidationError(problem) }
    }

    /// The numbers of a new training.
    func numbers() throws -> DistillationConfiguration {
        var numbers = DistillationConfiguration()
        if let widths {
            let parts = widths.split(separator: ",", omittingEmptySubsequences: false).map {
                Int($0.trimmingCharacters(in: .whitespaces))
            }
            guard parts.allSatisfy({ $0 != nil }) else {
                throw ValidationError("--widths \(widths): expected numbers as 16,32,64,128")
            }
            numbers.widths = parts.compactMap { $0 }
        }
        numbers.side = size ?? numbers.side
        numbers.batchSize = batch ?? numbers.batchSize
        numbers.steps = steps ?? (minutes == nil ? numbers.steps : Int(Int32.max))
        numbers.learningRate = lr ?? numbers.learningRate
        numbers.seed = seed ?? numbers.seed
        numbers.precision = (precision ?? .f32).precision
        return numbers
    }

    func run() throws {
        try reportingFailures {
            try WritableTarget.check(out, option: "-o")
            Interruption.install()
            try Engine.start(threads: threads)
            var session = try FeaturesSession(self)
            try session.train()
        }
    }
}
