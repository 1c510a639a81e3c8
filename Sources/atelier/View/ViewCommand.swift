import ArgumentParser
import Imaging
import Runs
import Viewer

/// `atelier view`.
struct ViewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Watch a run in a window, or look back at a finished one.",
        discussion: """
            Attaches to a run that is training in another process, or opens one that has ended. \
            Closing the window never touches the training. F1 in the window shows the keys.

              atelier view runs/flowers-001
              atelier view runs/flowers-001 --snapshot window.png
            """)

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"))
    var runFolder: String
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
                    scale: scale ?? 1)
                try PNGFile.write(picture, to: snapshot)
                return
            }
            var options = ViewerWindow.Options()
            options.width = windowSize.width
            options.height = windowSize.height
            options.scale = scale
            options.shouldClose = { Interruption.isRequested }
            Interruption.install()
            try ViewerWindow.run(source: source, options: options)
        }
    }
}
