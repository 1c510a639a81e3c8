import Imaging
import Runs
import Testing

@Suite struct ProvenanceTests {
    @Test func everythingComesBack() throws {
        var provenance = Provenance()
        provenance.software = "Atelier 0.1"
        provenance.checkpoint = "0123456789ab"
        provenance.step = 1234
        provenance.seeds = [0, 1, 2, 3, 100, 7]
        provenance.truncation = 0.7
        provenance.label = "dahlia"
        provenance.command = "atelier generate runs/a --seeds 0-3,100,7 -o 'my grid.png'"
        provenance.details = ["weights": "raw"]
        #expect(Provenance(texts: provenance.texts) == provenance)
        #expect(
            provenance.texts.map(\.key) == [
                "Software", "atelier:checkpoint", "atelier:step", "atelier:seeds",
                "atelier:truncation", "atelier:class", "atelier:command", "atelier:weights",
            ])
        provenance.seeds = [.max]
        #expect(Provenance(texts: provenance.texts) == provenance)
        #expect(provenance.texts[3] == PNGText("atelier:seed", "18446744073709551615"))
    }

    @Test func otherPicturesHaveNone() {
        #expect(Provenance(texts: [PNGText("Software", "other")]) == nil)
        #expect(Provenance(texts: []) == nil)
    }

    @Test func oddValuesAreKeptAsDetails() {
        let texts = [PNGText("atelier:step", "many"), PNGText("atelier:seeds", "5-1")]
        #expect(Provenance(texts: texts)?.details == ["step": "many", "seeds": "5-1"])
    }

    @Test func seedListsAreReadAndWritten() {
        #expect(SeedList.seeds("0-3,100") == [0, 1, 2, 3, 100])
        #expect(SeedList.seeds("18446744073709551615") == [.max])
        let last: [UInt64] = [.max - 1, .max]
        #expect(SeedList.seeds("18446744073709551614-18446744073709551615") == last)
        for text in ["", ",", "1,", "a", "3-1", "1-2-3", "-1", "+1", "0-10000000", "0-99999999999"]
        {
            #expect(SeedList.seeds(text) == nil, "\(text)")
        }
        for seeds: [UInt64] in [
            [0], [0, 1], [0, 1, 2], [5, 4, 3], [1, 1, 1], [7, 8, 9, 9, 10, 11],
        ] {
            #expect(SeedList.seeds(SeedList.text(seeds)) == seeds)
        }
        #expect(SeedList.text([0, 1, 2, 3, 9, 10]) == "0-3,9,10")
    }

    @Test func commandsAreQuotedForTheShell() {
        #expect(
            Provenance.command(["atelier", "a b", "", "it's", "$x", "runs/a-1"])
                == #"atelier 'a b' '' 'it'\''s' '$x' runs/a-1"#)
    }
}
