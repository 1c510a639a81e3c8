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

            The window shows the samples with D's score under each (a logit: higher is more real to \
            it; only differences count where the loss compares pictures), a row for each class, \
            the curves of losses and metrics, and what is unwell with the run. Its explorer (G) \
            makes pictures with the newest checkpoint: drag from one seed to another, set \
            truncation and class, and for StyleGAN2 check the layers that take the second seed's \
            style.

              atelier view runs/flowers-001
              atelier view runs/flowers-001 --page explorer
              atelier view runs/flowers-001 --snapshot window.png
            """)

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
    var runFolder: String
    @Option(help: "What the window begins with.")
    var page = ViewerPage.samples
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

extension ViewerPage: ExpressibleByArgument {}
