import Foundation
import Testing

/// Training from end to end: stopped, killed and gone on with.
struct TrainingTests {
    @Test func dataIsCheckedAndPreviewed() throws {
        let workshop = try Workshop()
        let text = try workshop.atelier("dataset", "check", "data")
        expectSuccess(text)
        #expect(text.errors.isEmpty && text.output.contains("200 pictures"), "\(text)")
        let json = try workshop.atelier("dataset", "check", "data", "--json")
        expectSuccess(json)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((report["broken"] as? [Any])?.isEmpty == true)
        let classes = report["classes"] as? [[String: Any]]
        #expect(classes?.map { $0["count"] as? Int } == [50, 50, 50, 50])
        expectSuccess(
            try workshop.atelier("dataset", "preview", "data", "--size", "16", "-o", "a.png"))
        #expect(try PNGParts(workshop.folder.bytes("a.png")).size == [8 * 18 + 2, 8 * 18 + 2])
    }

    @Test func aResumedRunEqualsAnUninterruptedOne() throws {
        let workshop = try Workshop()
        try workshop.train("whole", steps: 40)
        try workshop.train("parts", steps: 20)
        let resumed = try workshop.atelier("train", "--resume", "parts", "--steps", "40")
        expectSuccess(resumed)
        #expect(resumed.output.isEmpty && resumed.errors.contains("going on with parts at step 20"))
        #expect(resumed.errors.contains("atelier generate parts"), "\(resumed)")
        try workshop.expectSame("whole", "parts", step: 40)
        let inspected = try workshop.atelier("inspect", "parts")
        expectSuccess(inspected)
        #expect(inspected.output.contains("step-00000040.safetensors"))
        // Nothing is left to do, and nothing is done.
        let before = try workshop.folder.bytes(Workshop.checkpoint("parts", step: 40))
        expectSuccess(
            try workshop.atelier("train", "--resume", "parts", "--steps", "40", "--quiet"))
        let isUntouched =
            try workshop.folder.bytes(Workshop.checkpoint("parts", step: 40)) == before
        #expect(isUntouched)
        #expect(try workshop.log("parts") == workshop.log("whole"))
    }

    @Test func cropsAreKeptByAResumedRun() throws {
        let workshop = try Workshop()
        let crops = ["--augment", "crop", "--crop", "random", "--quiet"]
        expectSuccess(try workshop.atelier(Workshop.training("whole", steps: 20) + crops))
        expectSuccess(try workshop.atelier(Workshop.training("parts", steps: 10) + crops))
        let settings = String(
            decoding: try workshop.folder.bytes("parts/config.json"), as: UTF8.self)
        #expect(settings.contains("randomResizedCrop"))
        #expect(settings.firstRange(of: /"crop"\s*:\s*"random"/) != nil)
        for option in ["--augment", "--crop"] {
            expectRefusal(
                try workshop.atelier(
                    "train", "--resume", "parts", option, option == "--crop" ? "centre" : "crop"),
                code: 2, naming: [option])
        }
        expectSuccess(
            try workshop.atelier("train", "--resume", "parts", "--steps", "20", "--quiet"))
        try workshop.expectSame("whole", "parts", step: 20)
        // The crops are really made: without them the run is another.
        try workshop.train("plain", steps: 20)
        #expect(try workshop.log("plain") != workshop.log("whole"))
    }

    @Test func progressForScriptsIsJSON() throws {
        let workshop = try Workshop()
        let outcome = try workshop.atelier(Workshop.training("run", steps: 10) + ["--json"])
        expectSuccess(outcome)
        #expect(outcome.errors.isEmpty, "\(outcome)")
        let lines = outcome.output.split(separator: "\n")
        let events = try lines.map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let names = events.map { $0["event"] as? String }
        #expect(names.first == "run" && names.last == "end", "\(outcome)")
        #expect(names.dropFirst().dropLast().allSatisfy { $0 == "step" })
        let steps = events.filter { $0["event"] as? String == "step" }.map { $0["step"] as? Int }
        #expect(steps.first == 1 && steps.last == 10)
        #expect(events.first?["run"] as? String == "run")
        #expect(events.first?["pictures"] as? Int == 200)
        let end = try #require(events.last)
        #expect(end["run"] as? String == "run" && end["ending"] as? String == "finished")
        #expect(end["step"] as? Int == 10)
        #expect(end["checkpoint"] as? String == Workshop.checkpoint("run", step: 10))
        let resumed = try workshop.atelier("train", "--resume", "run", "--steps", "10", "--json")
        let first = try #require(resumed.output.split(separator: "\n").first)
        #expect(first.contains(#""event":"run""#) && first.contains(#""step":10"#), "\(resumed)")
    }

    @Test func anInterruptionSavesAndSaysHowToGoOn() throws {
        let workshop = try Workshop()
        for signal in [SIGINT, SIGTERM] {
            let run = "run\(signal)"
            let program = try Program.start(
                Workshop.training(run, steps: 1_000_000, checkpointEvery: 1_000_000),
                in: workshop.folder)
            try waitForLog(of: run, in: workshop, program)
            program.send(signal)
            let outcome = try program.wait()
            expectSuccess(outcome)
            #expect(
                outcome.errors.contains("go on with: atelier train --resume \(run)"), "\(outcome)")
            let saved = workshop.folder.names("\(run)/checkpoints")
                .filter { $0.hasSuffix(".safetensors") }
            #expect(saved.count == 1 && workshop.leftovers().isEmpty, "\(saved)")
            let step = try #require(Int((saved.first ?? "").filter(\.isNumber)))
            let resumed = try workshop.atelier(
                "train", "--resume", run, "--steps", "\(step + 5)", "--quiet")
            expectSuccess(resumed)
            #expect(workshop.folder.has(Workshop.checkpoint(run, step: step + 5)))
        }
    }

    @Test func aRunThatTrainsIsNotTrainedTwice() throws {
        let workshop = try Workshop()
        let program = try Program.start(
            Workshop.training("run", steps: 1_000_000, checkpointEvery: 1_000_000),
            in: workshop.folder)
        try waitForLog(of: "run", in: workshop, program)
        let second = try workshop.atelier("train", "--resume", "run", "--quiet")
        expectRefusal(second, code: 1, naming: ["run", "is being trained"])
        program.send(SIGINT)
        expectSuccess(try program.wait())
    }

    /// The smoke form of `Tools/kill-and-resume.sh`.
    @Test func killedRunsEqualAnUninterruptedOne() throws {
        let workshop = try Workshop()
        let (steps, every) = (150, 7)
        try workshop.train("whole", steps: steps, checkpointEvery: every)
        var generator = SystemRandomNumberGenerator()
        var kills: [UInt32] = []
        while kills.count < 3 {
            let isBegun = workshop.folder.has("killed/config.json")
            let program = try Program.start(
                isBegun
                    ? ["train", "--resume", "killed", "--quiet"]
                    : Workshop.training("killed", steps: steps, checkpointEvery: every) + [
                        "--quiet"
                    ],
                in: workshop.folder)
            let delay = UInt32.random(in: 60_000...400_000, using: &generator)
            usleep(delay)
            guard program.isRunning else { break }
            program.send(SIGKILL)
            #expect(try program.wait().wasKilled)
            kills.append(delay)
        }
        #expect(!kills.isEmpty)
        if workshop.folder.has("killed/config.json") {
            expectSuccess(try workshop.atelier("train", "--resume", "killed", "--quiet"))
        } else {
            try workshop.train("killed", steps: steps, checkpointEvery: every)
        }
        try workshop.expectSame("whole", "killed", step: steps)
        #expect(workshop.leftovers().isEmpty, "killed after \(kills) microseconds")
    }

    private func waitForLog(of run: String, in workshop: Workshop, _ program: RunningProgram) throws
    {
        // The time limit only ends a hopeless wait; nothing is measured.
        for _ in 0..<2000 where program.isRunning {
            if let log = try? workshop.folder.bytes("\(run)/metrics.jsonl"), !log.isEmpty { return }
            usleep(10_000)
        }
        Issue.record("no step was logged")
    }
}
