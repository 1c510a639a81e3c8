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
        let corners = seeds.map { maker.latent($0) }
        // An animation comes back to where it began, and so plays without a jump.
        let legs = isAnimation ? seeds.count : seeds.count - 1
        var latents: [[Float]] = []
        for leg in 0..<legs {
            let (a, b) = (corners[leg], corners[(leg + 1) % corners.count])
            for frame in 0..<frames {
                latents.append(
                    interpolation.between(a, b, Double(frame) / Double(frames)))
            }
        }
        if !isAnimation { latents.append(corners[corners.count - 1]) }
        if isAnimation {
            try writeAnimation(latents, to: output)
        } else {
            let pictures = maker.make(latents: latents)
            var arguments = ["--between", SeedList.text(seeds), "--frames", "\(frames)"]
            arguments += ["--interpolation", interpolation.rawValue]
            arguments += command.stripArguments + ["-o", output]
            let provenance = command.provenance(maker, seeds: seeds, arguments: arguments)
            let strip = PictureGrid(
                columns: command.grid?.width ?? pictures.count, padding: command.padding,
                scale: command.scale)
            try PNGFile.write(strip.compose(pictures), to: output, text: provenance.texts)
        }
    }

    private func writeAnimation(_ latents: [[Float]], to output: String) throws {
        var meter = ExportMeter(total: latents.count, quiet: command.quiet)
        let shape = maker.shape
        let writer = try AnimatedWebPWriter(
            path: output, width: shape.width * command.scale, height: shape.height * command.scale)
        for start in stride(from: 0, to: latents.count, by: PictureMaker.chunkSize) {
            let part = Array(latents[start..<min(start + PictureMaker.chunkSize, latents.count)])
            for picture in maker.make(latents: part) {
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
            for (index, snapshot) in snapshots.enumerated() {
                let frame = try run.frame(snapshot)
                let shown = try command.sample.map { try cut($0, from: frame) } ?? frame.pixels
                let picture = shown.enlarged(by: command.scale)
                if writer == nil {
                    writer = try AnimatedWebPWriter(
                        path: output, width: picture.width, height: picture.height)
                }
                // The end stays to be looked at.
                try writer?.append(picture, milliseconds: index == snapshots.count - 1 ? 2000 : 120)
                try meter.advance()
            }
            try writer?.finish()
            meter.finish()
            return
        }
        var pictures: [PixelBuffer] = []
        var headings: [String] = []
        for snapshot in snapshots {
            let frame = try run.frame(snapshot)
            pictures.append(try cut(command.sample ?? 0, from: frame))
            headings.append("\(snapshot.step)")
        }
        var grid = PictureGrid(
            columns: command.grid?.width ?? pictures.count, padding: command.padding,
            scale: command.scale)
        if command.labels { grid.labels = headings }
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
