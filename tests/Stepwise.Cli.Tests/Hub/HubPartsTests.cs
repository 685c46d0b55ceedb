using System.Security.Cryptography;
using System.Text;
using Stepwise.Cli.Display;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Tests.Hub;

public sealed class HubPartsTests
{
    // What `git hash-object` and `sha256sum` print for a file of this content.
    [Theory]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")]
    public void Checksum_KnownContent_Matches(string content, string blob, string sha256)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(content);
        foreach (HubChecksum checksum in new HubChecksum[] { new(HubChecksumKind.GitBlob, blob), new(HubChecksumKind.Sha256, sha256) })
        {
            using IncrementalHash hash = checksum.Start(bytes.Length);
            hash.AppendData(bytes);
            checksum.Matches(hash).ShouldBeTrue();
            hash.AppendData([0]);
            checksum.Matches(hash).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(null, null, "https://huggingface.co/")]
    [InlineData(null, "https://mirror.example/hf/", "https://mirror.example/hf/")]
    [InlineData("https://other.example", "https://mirror.example", "https://other.example/")]
    public void Endpoint_OptionThenVariableThenDefault(string? option, string? variable, string expected) =>
        HubEndpoint.Read(option, name => name is HubEndpoint.EndpointVariable ? variable : null, withToken: true).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("http://hub.example", true)]
    [InlineData("ftp://hub.example", false)]
    [InlineData("hub.example", false)]
    [InlineData("https://user:secret@hub.example", false)]
    [InlineData("https://hub.example/?a=b", false)]
    public void Endpoint_ThatIsNoneOrUnencryptedWithAToken_IsRefused(string text, bool withToken) =>
        Should.Throw<InputException>(() => HubEndpoint.Read(text, _ => null, withToken)).Message.ShouldNotContain("secret");

    [Fact]
    public void Token_OfTheVariableNamed_OrElseOfTheUsualOne()
    {
        Dictionary<string, string> set = new(StringComparer.Ordinal) { ["HF_TOKEN"] = "usual\n", ["MINE"] = "mine", ["BROKEN"] = "a b" };
        string? Read(string? variable) => HubEndpoint.ReadToken(variable, name => set.GetValueOrDefault(name));

        Read(null).ShouldBe("usual");
        Read("MINE").ShouldBe("mine");
        HubEndpoint.ReadToken(null, _ => null).ShouldBeNull();
        Should.Throw<InputException>(() => Read("NONE")).Message.ShouldContain("NONE, which is not set");
        Should.Throw<InputException>(() => Read("BROKEN")).Message.ShouldNotContain("a b");
    }

    [Theory]
    [InlineData("https://hub.example/", "https://hub.example/a", true)]
    [InlineData("https://hub.example/", "https://HUB.example:443/a", true)]
    [InlineData("https://hub.example/", "http://hub.example/a", false)]
    [InlineData("https://hub.example/", "https://hub.example:444/a", false)]
    [InlineData("https://hub.example/", "https://hub.example.evil.example/a", false)]
    public void SameOrigin_SchemeHostAndPort(string left, string right, bool same) =>
        HubEndpoint.SameOrigin(new(left), new(right)).ShouldBe(same);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"sha": "main", "siblings": []}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [{"rfilename": "config.json"}]}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [{"rfilename": "a", "size": -1, "blobId": "cccccccccccccccccccccccccccccccccccccccc"}]}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [{"rfilename": "a", "size": 9223372036854775807, "blobId": "cccccccccccccccccccccccccccccccccccccccc"}]}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [{"rfilename": "a", "size": 9223372036854775808, "blobId": "cccccccccccccccccccccccccccccccccccccccc"}]}""")]
    public void Listing_ThatIsNone_IsRefused(string json) =>
        Should.Throw<InputException>(() => HubListing.Parse(Encoding.UTF8.GetBytes(json), "hub")).Message.ShouldContain("Check --endpoint");

    [Fact]
    public void Listing_MutatedBytes_GiveAListingOrAClearError()
    {
        using FakeHub hub = new();
        hub.Add("config.json", "{}");
        hub.Add("model.safetensors", [1, 2], large: true);
        byte[] sound = hub.Listing();
        int refused = 0;
        for (ulong round = 0; round < 2000; round++)
        {
            byte[] json = [.. sound];
            for (ulong i = 0; i < 1 + (round % 3); i++)
            {
                json[CounterRandom.Integer(round, 2 * i, json.Length)] = (byte)CounterRandom.Integer(round, (2 * i) + 1, 256);
            }

            try
            {
                HubListing.Parse(json.AsMemory(0, round % 5 == 0 ? CounterRandom.Integer(round, 100, json.Length) : json.Length), "hub")
                    .Files.Values.ShouldAllBe(f => f.Size >= 0 && !f.Name.Contains('/', StringComparison.Ordinal));
            }
            catch (InputException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(1500, "1.5 kB")]
    [InlineData(269_060_552, "269.1 MB")]
    [InlineData(2_500_000_000, "2.50 GB")]
    public void Bytes_ForPeople(long bytes, string expected) => Figures.Bytes(bytes).ShouldBe(expected);
}
