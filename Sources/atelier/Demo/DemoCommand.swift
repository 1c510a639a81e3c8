import ArgumentParser
import Files
import Imaging
import Runs
import Viewer

/// `atelier demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Three minutes from nothing to flowers: train, watch, export.",
        discussion: """
            Trains on the flowers in samples/ and leaves in the output folder: grid.png (what the \
            network makes in the end), early-late.png (what it made at first, beside that) and the \
            run itself. Opens the live window where there is a display.
            """)

    @Option(help: "The pictures.") var data = "samples/flowers32.zip"
    @Option(help: "Minutes of training.") var minutes = 3.0
    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Option(name: [.customShort("o"), .long], help: "The folder of the results.") var output =
        "demo"

    func validate() throws {
        if !(minutes > 0 && minutes.isFinite) {
            throw ValidationError("--minutes \(minutes): expected a positive number")
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            try Engine.start(threads: threads)
            try Folder.make(output)
            var progress = ProgressReporter(
                style: ProgressReporter.style(quiet: false, json: false))
            var train = try TrainCommand.parse([
                data, "--family", "dcgan", "--size", "32", "--width", "32", "--minutes",
                "\(minutes)", "--augment",
                "flip",
                "--lr", "0.0003",
            ])
            train.out = RunFolder.freePath(name: "run", in: output)
            let plan = TrainingPlan(
                length: train.length, training: train.training, game: train.game)
            let job = try TrainingJob.Beginning(
                data, plan, train.pictures, train.running, &progress
            ).job(out: train.out, &progress)
            let hasDisplay = DisplayProbe.hasDisplay
            if !hasDisplay {
                progress.say(
                    "no display here, so no window: 'atelier view \(job.run.path)' opens one later")
            }
            try job.run(progress: progress, view: hasDisplay, closesWindow: true)
            try export(job.run)
        }
    }

    private func export(_ run: RunFolder) throws {
        let maker = try PictureMaker.open(run.path, isRaw: false, truncation: 1)
        let seeds = Array(UInt64(0)..<64)
        var pictures: [PixelBuffer] = []
        try maker.make(seeds: seeds) { pictures.append($1) }
        var provenance = Provenance()
        provenance.checkpoint = maker.digest
        provenance.step = maker.step
        provenance.seeds = seeds
        provenance.command = Provenance.command([
            "atelier", "generate", maker.path, "--seeds", "0-63", "--grid", "8x8", "--scale", "3",
            "-o",
            output + "/grid.png",
        ])
        try PNGFile.write(
            PictureGrid(columns: 8, scale: 3).compose(pictures), to: output + "/grid.png",
            text: provenance.texts)
        let snapshots = run.snapshotReferences
        // The very first pictures are grey: a little later something can be seen to begin.
        if let late = snapshots.last,
            let early = snapshots.first(where: { $0.step * 12 >= late.step })
        {
            let sheet = PictureGrid.sideBySide([
                ("step \(early.step)", try run.frame(early).pixels.enlarged(by: 2)),
                ("step \(late.step)", try run.frame(late).pixels.enlarged(by: 2)),
            ])
            var provenance = Provenance()
            provenance.step = late.step
            provenance.details["run"] = run.name
            provenance.details["left"] = "the fixed samples at step \(early.step)"
            provenance.details["right"] = "the fixed samples at step \(late.step)"
            try PNGFile.write(sheet, to: output + "/early-late.png", text: provenance.texts)
        }
        Console.error("look at \(output)/grid.png and \(output)/early-late.png")
    }
}

/// Whether a window can be opened, as far as the environment tells.
enum DisplayProbe {
    static var hasDisplay: Bool {
        ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"].contains { name in
            Environment.value(name).map { !$0.isEmpty } ?? false
        }
    }
}
