import Imaging
import Networks
import Runs
import Viewer

/// A walk through latent space: a strip, or an animation.
struct InterpolationExport {
    private let command: GenerateCommand
    private let maker: PictureMaker
    private let seeds: [UInt64]

    init(_ command: GenerateCommand, _ maker: PictureMaker, _ seeds: [UInt64]) {
        self.command = command
        self.maker = maker
        self.seeds = seeds
    }

    func run() throws {
        let output = command.output ?? "strip.png"
        let isAnimation = output.lowercased().hasSuffix(".webp")
        let frames = command.frames ?? 8
        let interpolation = command.interpolation ?? .slerp
        // An animation comes back to where it began, and so plays without a jump; a strip ends with
        // the last seed.
        let count = isAnimation ? seeds.count * frames : (seeds.count - 1) * frames + 1
        let labels = try command.labels(of: seeds, maker)
        var ends: (leg: Int, from: [Float], to: [Float])?
        func blend(_ index: Int) -> PictureMaker.Blend {
            let (leg, frame) = (index / frames, index % frames)
            let now =
                if let ends, ends.leg == leg {
                    ends
                } else {
                    (
                        leg: leg, from: maker.latent(seeds[leg]),
                        to: maker.latent(seeds[(leg + 1) % seeds.count])
                    )
                }
            ends = now
            let share = Double(frame) / Double(frames)
            return PictureMaker.Blend(
                latent: interpolation.between(now.from, now.to, share), from: labels[leg],
                to: labels[(leg + 1) % labels.count], share: share)
        }
        if isAnimation {
            try writeAnimation(count, blend, to: output)
        } else {
            let strip = PictureGrid(
                columns: command.grid?.width ?? count, padding: command.padding,
                scale: command.scale)
            try strip.checkSize(
                count: count, width: maker.shape.width, height: maker.shape.height,
                advice: "choose fewer --frames or a smaller --scale, or -o FILE.webp")
            let pictures = maker.make((0..<count).map(blend))
            var arguments = ["--between", SeedList.text(seeds), "--frames", "\(frames)"]
            arguments += ["--interpolation", interpolation.rawValue]
            arguments += command.stripArguments + ["-o", output]
            let provenance = command.provenance(maker, seeds: seeds, arguments: arguments)
            try PNGFile.write(strip.compose(pictures), to: output, text: provenance.texts)
        }
    }

    private func writeAnimation(
        _ count: Int, _ blend: (Int) -> PictureMaker.Blend, to output: String
    ) throws {
        var meter = ExportMeter(total: count, quiet: command.quiet)
        let shape = maker.shape
        let writer = try AnimatedWebPWriter(
            path: output, width: shape.width * command.scale, height: shape.height * command.scale)
        for start in stride(from: 0, to: count, by: PictureMaker.chunkSize) {
            let part = start..<min(start + PictureMaker.chunkSize, count)
            for picture in maker.make(part.map(blend)) {
                try writer.append(picture.enlarged(by: command.scale), milliseconds: 50)
                try meter.advance()
            }
        }
        try writer.finish()
        meter.finish()
    }
}

/// The fixed samples of a run over all of its snapshots.
struct TimelapseExport {
    private let command: GenerateCommand

    init(_ command: GenerateCommand) { self.command = command }

    func run() throws {
        let run = try RunFolder.open(command.source)
        let snapshots = run.snapshotReferences
        guard !snapshots.isEmpty else {
            throw Failure("\(run.path) has no snapshots yet: train it first")
        }
        let output = command.output ?? "timelapse.webp"
        if output.lowercased().hasSuffix(".webp") {
            var meter = ExportMeter(total: snapshots.count, quiet: command.quiet)
            var writer: AnimatedWebPWriter?
            var size: (width: Int, height: Int)?
            for (index, snapshot) in snapshots.enumerated() {
                let shown = try shownPicture(of: snapshot, in: run, sample: command.sample, &size)
                // The writer refuses a size before anything is enlarged to it.
                if writer == nil {
                    writer = try AnimatedWebPWriter(
                        path: output, width: shown.width * command.scale,
                        height: shown.height * command.scale)
                }
                let picture = shown.enlarged(by: command.scale)
                // The end stays to be looked at.
                try writer?.append(picture, milliseconds: index == snapshots.count - 1 ? 2000 : 120)
                try meter.advance()
            }
            try writer?.finish()
            meter.finish()
            return
        }
        var pictures: [PixelBuffer] = []
        var grid = PictureGrid(
            columns: command.grid?.width ?? snapshots.count, padding: command.padding,
            scale: command.scale)
        if command.labels { grid.labels = snapshots.map { "\($0.step)" } }
        var size: (width: Int, height: Int)?
        for snapshot in snapshots {
            pictures.append(
                try shownPicture(of: snapshot, in: run, sample: command.sample ?? 0, &size))
            // All have the size of the first.
            guard pictures.count == 1 else { continue }
            try grid.checkSize(
                count: snapshots.count, width: pictures[0].width, height: pictures[0].height,
                advice: "choose a smaller --scale or --grid, or -o FILE.webp")
        }
        var provenance = Provenance()
        provenance.details["run"] = run.path
        if let newest = try? run.checkpoints.latest().checkpoint {
            provenance.checkpoint = newest.shortDigest
            provenance.step = newest.step
        }
        provenance.command = Provenance.command(
            ["atelier", "generate", run.path, "--timelapse", "--sample", "\(command.sample ?? 0)"]
                + (command.scale == 1 ? [] : ["--scale", "\(command.scale)"])
                + (command.labels ? ["--labels"] : []) + command.stripArguments + ["-o", output])
        try PNGFile.write(grid.compose(pictures), to: output, text: provenance.texts)
    }

    /// The picture of a snapshot, or one sample of it: of the size of those before.
    private func shownPicture(
        of snapshot: SnapshotReference, in run: RunFolder, sample: Int?,
        _ size: inout (width: Int, height: Int)?
    ) throws -> PixelBuffer {
        let frame = try run.frame(snapshot)
        let picture = try sample.map { try cut($0, from: frame) } ?? frame.pixels
        let wanted = size ?? (picture.width, picture.height)
        guard picture.width == wanted.width && picture.height == wanted.height else {
            throw Failure(
                "\(snapshot.identifier) has \(picture.width)x\(picture.height) pixels, those before "
                    + "it \(wanted.width)x\(wanted.height): it is no sample picture of this run; "
                    + "move it out of the way")
        }
        size = wanted
        return picture
    }

    /// One sample of a grid.
    private func cut(_ sample: Int, from frame: SampleFrame) throws -> PixelBuffer {
        guard sample < frame.geometry.count else {
            throw Failure(
                "--sample \(sample): this run has \(frame.geometry.count) fixed samples, "
                    + "numbered from 0")
        }
        let corner = frame.geometry.origin(of: sample)
        return frame.pixels.cropped(
            x: corner.x, y: corner.y, width: frame.geometry.cellWidth,
            height: frame.geometry.cellHeight)
    }
}

extension GenerateCommand {
    /// How the pictures of a strip lie, for the command that makes it again.
    fileprivate var stripArguments: [String] {
        (grid.map { ["--grid", "\($0.width)x\($0.height)"] } ?? [])
            + (padding == 2 ? [] : ["--padding", "\(padding)"])
    }
}
