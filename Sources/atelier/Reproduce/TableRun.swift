import Files
import Foundation
import Reproduction
import TensorCore

/// What a trial gave.
struct TrialOutcome {
    /// By the table's columns; nil where one is not finite.
    var figures: [Double?]
    /// How long it took, in seconds, the time before an interruption included.
    var seconds: Double
    /// The file of its state, of no use once the outcome is logged.
    var statePath: String?
}

/// Makes a table trial by trial: what is done is logged, and the table is written after each.
struct TableRun {
    private let options: ReproduceOptions
    private let name: String
    private let date: String
    private let trialCount: Int
    private let table: ReproductionTable
    private var log: TrialLog
    private let methods: [String]
    private var progress: TrialProgress

    /// - Parameters:
    ///   - name: How the files are called.
    ///   - table: Without rows of ours.
    ///   - methods: The names of the methods, in order.
    ///   - settings: For each method, everything that results depend on beside the seed.
    ///   - trials: How many of each method unless the options say.
    ///   - options: What was asked for.
    init(
        _ name: String, table: ReproductionTable, methods: [String], settings: [some Encodable],
        trials: Int, options: ReproduceOptions
    ) throws {
        self.name = name
        self.options = options
        self.methods = methods
        self.table = table
        trialCount = options.trials ?? trials
        date = ISO8601DateFormatter().string(from: Date())
        progress = TrialProgress(isQuiet: options.quiet)
        let texts = try settings.map { try JSONText.of($0) }
        log = try TrialLog.open(
            options.path("\(name).trials.json"),
            settings: Dictionary(zip(methods, texts)) { first, _ in first })
        progress.say(
            "\(name): \(methods.count) methods, \(trialCount) trials each; results in \(options.out)"
        )
    }

    /// The seed of a trial: methods share it.
    func seed(_ trial: Int) -> UInt64 {
        let key = RandomKey(seed: options.seed).folded("trial").folded(UInt64(trial))
        return UInt64(key.high) << 32 | UInt64(key.low)
    }

    /// Does every trial that is not done yet, and writes the table after each.
    ///
    /// - Parameter body: Does a trial; gets the method's place and the seed, and answers figures by the
    ///   table's columns, or nil where it was interrupted.
    /// - Throws: What the body throws; a failure once it was interrupted.
    mutating func run(
        _ body: (_ method: Int, _ trial: Int, _ seed: UInt64, inout TrialProgress) throws ->
            TrialOutcome?
    ) throws {
        // Trial by trial, not method by method: an early table has something of each.
        for trial in 0..<trialCount {
            for (place, method) in methods.enumerated() {
                let seed = seed(trial)
                guard log.entry(method, seed: seed) == nil else { continue }
                progress.begin("\(method), trial \(trial + 1) of \(trialCount)")
                guard let result = try body(place, trial, seed, &progress) else {
                    throw Failure(
                        "stopped; what is done is kept in \(options.out), and the same command goes on"
                    )
                }
                let entry = TrialLog.Entry(
                    seed: seed, figures: result.figures, seconds: result.seconds)
                try log.add(entry, of: method, to: options.path("\(name).trials.json"))
                if let state = result.statePath { try TrialState.remove(state) }
                progress.end(result.figures, table.columns, seconds: result.seconds)
                try write()
            }
        }
        try write()
        Console.print(record.markdown)
    }

    /// The table with what is done so far.
    private var record: ReproductionRecord {
        var table = table
        var seconds: [[Double]] = []
        for method in methods {
            let entries = (0..<trialCount).compactMap { log.entry(method, seed: seed($0)) }
            guard !entries.isEmpty else { continue }
            table.rows.append(
                ReproductionTable.Row(
                    method: method, seeds: entries.map(\.seed), trials: entries.map(\.figures)))
            seconds.append(entries.map(\.seconds))
        }
        return ReproductionRecord(
            command: options.command, seed: options.seed, machine: options.machine, date: date,
            version: Atelier.version, trialSeconds: seconds, table: table)
    }

    private func write() throws {
        let record = record
        try AtomicFile.write(record.markdown, to: options.path("\(name).md"))
        try AtomicFile.write(try record.json(), to: options.path("\(name).json"))
    }
}

/// What is said while trials run.
struct TrialProgress {
    private let isQuiet: Bool
    private let isTerminal = Console.isTerminal
    private var title = ""
    private let clock = ContinuousClock()
    private var lastShown: ContinuousClock.Instant?
    private var hasOpenLine = false

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// A sentence.
    mutating func say(_ text: String) {
        guard !isQuiet else { return }
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
        Console.error(text)
    }

    mutating func begin(_ title: String) {
        self.title = title
        lastShown = clock.now
    }

    /// A step of the work, now and then.
    ///
    /// - Parameters:
    ///   - step: Steps done.
    ///   - steps: Steps in all.
    ///   - pace: Seconds a step.
    ///   - text: What else there is to say.
    mutating func show(step: Int, steps: Int, pace: Double, _ text: String) {
        guard !isQuiet, let last = lastShown else { return }
        let pause: Duration = isTerminal ? .milliseconds(250) : .seconds(15)
        guard clock.now - last >= pause else { return }
        lastShown = clock.now
        let line =
            "\(title): step \(step)/\(steps)  \(text)  "
            + "\(Readable.duration(pace * Double(steps - step))) left"
        if isTerminal {
            Console.redraw(line)
            hasOpenLine = true
        } else {
            Console.error(line)
        }
    }

    mutating func end(
        _ figures: [Double?], _ columns: [ReproductionTable.Column], seconds: Double
    ) {
        let texts = zip(columns, figures).map { column, figure in
            "\(column.name) " + (figure.map { Readable.fixed($0, 3) } ?? "not finite")
        }
        say("\(title): \(texts.joined(separator: ", ")) in \(Readable.duration(seconds))")
    }
}
