public import ArgumentParser
import Imaging
import Runs
public import Viewer

/// `atelier view`.
struct ViewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Watch a run in a window, or look back at a finished one.",
        discussion: """
            Attaches to a run that is training in another process, or opens one that has ended. \
            Closing the window never touches the training. F1 in the window shows the keys.

            The window shows the samples, the curves of losses and metrics, and what is unwell with \
            the run. Of a GAN the samples have D's score under each (a logit: higher is more real \
            to it; only differences count where the loss compares pictures) and a row for each \
            class, and an explorer (G) makes pictures with the newest checkpoint: drag from one \
            seed to another, set truncation and class, and for StyleGAN2 check the layers that take \
            the second seed's style.

              atelier view runs/flowers-001
              atelier view runs/flowers-001 --page explorer
              atelier view runs/flowers-001 --snapshot window.png

            Of a run that makes pictures from pictures (pix2pix, cyclegan, style, adain) it shows \
            input, output and target of the held-out pictures side by side, or before and after \
            over each other with a line to drag (the wipe, W), one picture after the other, in both \
            directions (D) for cyclegan; the sheet has all of them.

              atelier view runs/facades-001 --page wipe
            """)

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
    var runFolder: String
    @Option(help: "What the window begins with (sides where samples have them, else samples).")
    var page: ViewerPage?
    @Option(help: "Draw the window into a PNG instead; needs no display.")
    var snapshot: String?
    @Option(help: "The window's size in points.")
    var windowSize = PictureSize(width: 1280, height: 800)
    @Option(help: "Pixels in a point: 2 for displays with small pixels.")
    var scale: Double?

    func validate() throws {
        if let scale, !(0.5...4).contains(scale) {
            throw ValidationError("--scale \(scale): expected 0.5 to 4")
        }
    }

    func run() throws {
        try reportingFailures {
            let source = try RunSource(RunFolder.open(runFolder))
            try check(page, for: source)
            if let snapshot {
                let picture = try ViewerSnapshot.render(
                    source: source, width: windowSize.width, height: windowSize.height,
                    scale: scale ?? 1, page: page)
                try PNGFile.write(picture, to: snapshot)
                return
            }
            var options = ViewerWindow.Options()
            options.width = windowSize.width
            options.height = windowSize.height
            options.scale = scale
            options.page = page
            options.shouldClose = { Interruption.isRequested }
            Interruption.install()
            try ViewerWindow.run(source: source, options: options)
        }
    }
}

extension ViewCommand {
    /// Refuses a page that a run of its kind has not.
    private func check(_ page: ViewerPage?, for source: RunSource) throws {
        switch page {
        case .explorer where !source.capabilities.contains(.explore):
            throw Failure(
                "--page explorer: \(runFolder) makes pictures of pictures, not of seeds: there is "
                    + "nothing to explore; take sides, wipe, samples or metrics")
        case .sides where source.panes == nil, .wipe where source.panes == nil:
            throw Failure(
                "--page \(page?.rawValue ?? ""): the samples of \(runFolder) have no before and "
                    + "after; take samples, metrics or explorer")
        default: break
        }
    }
}

extension ViewerPage: ExpressibleByArgument {}
