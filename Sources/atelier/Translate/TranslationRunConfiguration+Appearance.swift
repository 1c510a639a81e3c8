import Viewer

extension TranslationRunConfiguration {
    /// What the window has to know of a translation.
    var appearance: RunAppearance {
        RunAppearance(
            summary: summary, plots: Self.plots(method), measures: Self.measures(method),
            panes: Self.panes(method))
    }

    /// What the samples show, as `HeldOutPictures.samples` draws them.
    private static func panes(_ method: TranslationMethod) -> PaneLayout {
        switch method {
        case .pix2pix: PaneLayout("Input", "Output", "Target")
        case .cyclegan:
            PaneLayout(ways: [
                .init(title: "A to B", panes: ["A", "A as B", "A again"]),
                .init(title: "B to A", panes: ["B", "B as A", "B again"]),
            ])
        }
    }

    private static let game = PlotDescription(
        title: "Game",
        series: [
            SeriesDescription(key: "d_loss", title: "Discriminator", shortTitle: "D", hue: .blue),
            SeriesDescription(
                key: "g_adversarial", title: "Generator", shortTitle: "G", hue: .amber),
        ])

    /// The curves of the training: its game and its errors.
    private static func plots(_ method: TranslationMethod) -> [PlotDescription] {
        switch method {
        case .pix2pix:
            [
                game,
                PlotDescription(
                    title: "L1",
                    series: [
                        SeriesDescription(key: "l1", title: "Training", hue: .green),
                        SeriesDescription(key: "held_out_l1", title: "Held out", hue: .rose),
                    ]),
            ]
        case .cyclegan:
            [
                game,
                PlotDescription(
                    title: "There and back",
                    series: [
                        SeriesDescription(key: "cycle", title: "Cycle", hue: .green),
                        SeriesDescription(key: "identity", title: "Identity", hue: .violet),
                    ]),
            ]
        }
    }

    /// The curves of what is measured on held-out pictures.
    private static func measures(_ method: TranslationMethod) -> [PlotDescription] {
        func one(_ title: String, _ key: String) -> PlotDescription {
            PlotDescription(
                title: title,
                series: [SeriesDescription(key: key, title: "Held out", hue: .rose)])
        }
        func both(_ title: String, _ a: String, _ b: String, _ names: (String, String))
            -> PlotDescription
        {
            PlotDescription(
                title: title,
                series: [
                    SeriesDescription(key: a, title: names.0, hue: .green),
                    SeriesDescription(key: b, title: names.1, hue: .rose),
                ])
        }
        let ways = ("A to B", "B to A")
        let kinds = ("A again", "B again")
        switch method {
        case .pix2pix:
            return [
                one("PSNR, dB", "held_out_psnr"), one("SSIM", "held_out_ssim"),
                one("Feature distance", "held_out_features"),
            ]
        case .cyclegan:
            return [
                both("SWD", "a_to_b_distance", "b_to_a_distance", ways),
                both("Kernel distance", "a_to_b_kid", "b_to_a_kid", ways),
                both("Fr\u{E9}chet distance", "a_to_b_fid", "b_to_a_fid", ways),
                both("L1", "a_cycle_l1", "b_cycle_l1", kinds),
                both("PSNR, dB", "a_cycle_psnr", "b_cycle_psnr", kinds),
                both("SSIM", "a_cycle_ssim", "b_cycle_ssim", kinds),
                both("Feature distance", "a_cycle_features", "b_cycle_features", kinds),
            ]
        }
    }
}
