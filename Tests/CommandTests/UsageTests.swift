import Foundation
import Testing

/// Arguments that make no sense: exit code 2, one line that names them, and nothing done.
struct UsageTests {
    /// Arguments, and what the message names.
    private static let cases: [(String, [String])] = [
        ("nosuch", ["nosuch", "atelier --help"]),
        ("train", ["folder of pictures", "--resume", "atelier help train"]),
        ("train data --frobnicate", ["--frobnicate"]),
        ("train data more", ["more"]),
        ("train data --resume run", ["--resume", "DATA"]),
        ("train --resume run --out other", ["--out"]),
        ("train data --steps 10 --minutes 1", ["--steps", "--minutes", "--kimg"]),
        ("train data --size 33", ["33"]),
        ("train data --size 1000", ["1000", "256"]),
        ("train data --size 12x12", ["12x12", "16 to 256"]),
        ("train data --size 0", ["--size", "16 to 256"]),
        ("train data --size 64x", ["64x"]),
        ("train data --size 99999999999999999999", ["--size"]),
        ("train data --batch 1", ["--batch 1", "2 to 4096"]),
        ("train data --batch 99999", ["--batch 99999"]),
        ("train data --batch=-8", ["--batch -8"]),
        ("train data --width 0", ["--width"]),
        ("train data --width 1000000", ["--width 1000000"]),
        ("train data --steps 0", ["--steps"]),
        ("train data --steps -4", ["--steps"]),
        ("train data --minutes nan", ["--minutes"]),
        ("train data --minutes=-1", ["--minutes"]),
        ("train data --kimg 1e400", ["--kimg"]),
        ("train data --lr inf", ["--lr"]),
        ("train data --seed abc", ["--seed", "abc"]),
        ("train data --seed=-1", ["--seed"]),
        ("train data --threads 0", ["--threads"]),
        ("train data --threads 5000", ["--threads"]),
        ("train data --keep 0", ["--keep"]),
        ("train data --checkpoint-every 0", ["--checkpoint-every"]),
        ("train data --precision f8", ["f8", "'f32' and 'bf16'"]),
        ("train data --channels cmyk", ["cmyk"]),
        ("generate", ["<source>"]),
        ("generate run", ["--seeds", "--between", "--timelapse"]),
        ("generate run --seeds 0-3", ["-o FILE", "--each"]),
        ("generate run --seeds 0-3 --timelapse -o a.png", ["--seeds", "--timelapse"]),
        ("generate run --seeds 5-1 -o a.png", ["--seeds 5-1"]),
        ("generate run --seeds 0- -o a.png", ["--seeds 0-"]),
        ("generate run --seeds=-1 -o a.png", ["--seeds -1"]),
        ("generate run --seeds 0-99999999999 -o a.png", ["--seeds"]),
        ("generate run --seeds 0-63 --grid 4x4 -o a.png", ["--grid 4x4", "16", "64"]),
        ("generate run --seeds 0-3 --grid 0x0 -o a.png", ["--grid"]),
        ("generate run --seeds 0-3 -o a.jpg", ["a.jpg", ".png"]),
        ("generate run --seeds 0-3 -o a", ["-o a"]),
        ("generate run --seeds 0-3 -o a.webp", ["a.webp"]),
        ("generate run --seeds 0-3 -o a.png --each b", ["--each"]),
        ("generate run --between 3 -o a.png", ["--between 3"]),
        ("generate run --between 3,4 -o a.png --frames 0", ["--frames 0"]),
        ("generate run --seeds 1 -o a.png --truncation nan", ["--truncation"]),
        ("generate run --seeds 1 -o a.png --scale 0", ["--scale 0"]),
        ("generate run --seeds 1 -o a.png --padding=-1", ["--padding -1"]),
        ("generate run --seeds 1 -o a.png --threads 0", ["--threads 0"]),
        ("view", ["run"]),
        ("view run --scale 99", ["--scale"]),
        ("dataset check", ["<data>", "atelier help dataset check"]),
        ("dataset check data --threads 0", ["--threads 0"]),
        ("dataset preview data", ["output"]),
        ("dataset preview data --count 0 -o a.png", ["--count 0"]),
        ("inspect", ["<file>"]),
        ("bench", ["<workload>"]),
        ("bench nosuch", ["nosuch"]),
        ("bench dcgan --batch 0", ["--batch 0"]),
        ("bench dcgan --size 33", ["--size 33"]),
        ("bench dcgan --steps 0", ["--steps 0"]),
        ("info extra", ["extra"]),
    ]

    @Test(arguments: cases)
    func isRefusedInOneLine(line: String, names: [String]) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(line.split(separator: " ").map(String.init), in: folder)
        expectRefusal(outcome, code: 2, naming: names + ["; see 'atelier "])
        #expect(folder.names() == [".scratch"])
    }
}
