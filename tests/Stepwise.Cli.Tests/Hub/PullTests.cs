using System.Text;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Tests.Hub;

/// <summary><c>stepwise pull</c> against a hub on this machine.</summary>
public sealed class PullTests : IDisposable
{
    private const string Token = "hf_secretSECRETsecret";
    private const string TokenVariable = "STEPWISE_TEST_TOKEN";

    private readonly TinyPolicy _tiny;
    private readonly FakeHub _hub = new();
    private readonly string _folder;

    public PullTests(TinyPolicy tiny)
    {
        Environment.SetEnvironmentVariable(TokenVariable, Token);
        _tiny = tiny;
        _folder = tiny.Fresh();
        foreach (string file in Directory.GetFiles(tiny.Model))
        {
            _hub.Add(Path.GetFileName(file), File.ReadAllBytes(file), large: file.EndsWith(".safetensors", StringComparison.Ordinal));
        }

        _hub.Add("README.md", "a page");
        _hub.Add("pytorch_model.bin", new byte[100], large: true);
        _hub.Add("onnx/model.safetensors", new byte[100], large: true);
    }

    private byte[] Weights => _hub.File("model.safetensors");

    private string Partial => _folder + ".partial";

    private string PartOfWeights => Path.Combine(Partial, $"model.safetensors.{FakeHub.Sha256(Weights)[..12]}.part");

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task Pull_Policy_GetsWhatAPolicyNeedsAndItLoads()
    {
        Output pulled = await PullAsync();

        pulled.Code.ShouldBe(0, pulled.Error);
        Names(_folder).ShouldBe(["config.json", "model.safetensors", "pull.json", "tokenizer.json", "tokenizer_config.json"]);
        File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")).ShouldBe(Weights);
        Directory.Exists(Partial).ShouldBeFalse();
        pulled.Text.ShouldContain($"{FakeHub.Repository} at main is commit {_hub.Commit}.");
        (await Program.RunAsync("generate", "--model", _folder, "--prompt", "1+2+1\n", "--max-tokens", "4")).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("main", 2)]
    [InlineData("cccccccccccccccccccccccccccccccccccccccc", 1)]
    public async Task Pull_SameRevisionAgain_DownloadsNothing(string revision, int listings)
    {
        (await PullAsync("--revision", revision)).Code.ShouldBe(0);
        int downloads = _hub.Downloads.Count();

        Output again = await PullAsync("--revision", revision, "--json");

        again.Code.ShouldBe(0, again.Error);
        again.Json.ShouldHaveSingleItem().GetProperty("downloadedBytes").GetInt64().ShouldBe(0);
        _hub.Downloads.Count().ShouldBe(downloads);
        _hub.Hub.Requests.Count(r => r.Path.StartsWith("/api/", StringComparison.Ordinal)).ShouldBe(listings);
    }

    [Fact]
    public async Task Pull_OtherRevisionOrFileOrFolderOfOthers_IsRefusedAndNothingIsTouched()
    {
        (await PullAsync()).Code.ShouldBe(0);
        _hub.Commit = new('d', 40);

        Output moved = await PullAsync();
        moved.Code.ShouldBe(2);
        moved.Error.ShouldContain($"holds the policy of {FakeHub.Repository} at {new string('c', 40)}");

        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        Output changed = await PullAsync();
        changed.Code.ShouldBe(2);
        changed.Error.ShouldContain("config.json is missing or has been changed");

        File.Delete(Path.Combine(_folder, "pull.json"));
        Output foreign = await PullAsync();
        foreign.Code.ShouldBe(2);
        foreign.Error.ShouldContain("was not made by pull");
        File.ReadAllText(Path.Combine(_folder, "config.json")).ShouldBe("{}");
    }

    [Fact]
    public async Task Pull_ConnectionCut_GoesOnFromTheByteWhereItWasCut()
    {
        bool cut = false;
        _hub.Intercept = request =>
        {
            if (cut || !request.Path.StartsWith("/signed/", StringComparison.Ordinal))
            {
                return null;
            }

            cut = true;
            return _hub.Content(request, "model.safetensors", cutAfter: 1000);
        };

        await PullerAsync();

        _hub.Storage.Requests.Select(r => r.From).ShouldBe([0, 1000]);
        _hub.Sent.ShouldBe(new DirectoryInfo(_folder).GetFiles().Where(f => f.Name is not "pull.json").Sum(f => f.Length));
        File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")).ShouldBe(Weights);
    }

    [Fact]
    public async Task Pull_HubFailsForGood_KeepsWhatIsThereAndTheNextPullGoesOn()
    {
        int attempts = 0;
        _hub.Intercept = request => !request.Path.StartsWith("/signed/", StringComparison.Ordinal) ? null
            : attempts++ == 0 ? _hub.Content(request, "model.safetensors", cutAfter: 700)
            : new Response(503, []) { Headers = { ["Retry-After"] = "0" } };

        (await Should.ThrowAsync<RunException>(PullerAsync)).Message.ShouldContain("answered 503. Gave up after 6 attempts.");
        attempts.ShouldBe(6);
        Directory.Exists(_folder).ShouldBeFalse();
        new FileInfo(PartOfWeights).Length.ShouldBe(700);
        long sent = _hub.Sent;

        _hub.Intercept = _ => null;
        PullResult result = await PullerAsync();

        result.Downloaded.ShouldBeTrue();
        (_hub.Sent - sent).ShouldBe(Weights.Length - 700);
        File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")).ShouldBe(Weights);
    }

    [Fact]
    public async Task Pull_ServerDoesNotSendParts_PassesOverWhatIsThere()
    {
        Directory.CreateDirectory(Partial);
        File.WriteAllText(Path.Combine(Partial, "pull.lock"), "");
        File.WriteAllBytes(PartOfWeights, Weights[..500]);
        _hub.Intercept = request => request.Path.StartsWith("/signed/", StringComparison.Ordinal) ? new Response(200, Weights) : null;

        await PullerAsync();

        _hub.Storage.Requests.Select(r => r.From).ShouldBe([500]);
        File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")).ShouldBe(Weights);
    }

    [Fact]
    public async Task Pull_PartOfAnotherRevision_IsNotGoneOnWithAndDoesNotStay()
    {
        Directory.CreateDirectory(Partial);
        File.WriteAllText(Path.Combine(Partial, "pull.lock"), "");
        File.WriteAllText(Path.Combine(Partial, "model.safetensors.000000000000.part"), "old");
        File.WriteAllText(Path.Combine(Partial, "config.json"), "old");

        await PullerAsync();

        Names(_folder).ShouldBe(["config.json", "model.safetensors", "pull.json", "tokenizer.json", "tokenizer_config.json"]);
        File.ReadAllBytes(Path.Combine(_folder, "config.json")).ShouldBe(_hub.File("config.json"));
    }

    [Fact]
    public async Task Pull_WithToken_SendsItToTheHubOnly()
    {
        Output pulled = await PullAsync("--token-from", TokenVariable);

        pulled.Code.ShouldBe(0, pulled.Error);
        _hub.Hub.Requests.ShouldAllBe(r => r.Authorization == $"Bearer {Token}");
        _hub.Storage.Requests.ShouldHaveSingleItem().Authorization.ShouldBeNull();
        (pulled.Text + pulled.Error).ShouldNotContain(Token);
    }

    [Fact]
    public async Task Pull_RedirectWithinTheHub_KeepsTheToken()
    {
        _hub.Intercept = request => request.Path.EndsWith("/config.json", StringComparison.Ordinal) && request.Path.StartsWith("/org", StringComparison.Ordinal)
            ? new Response(307, []) { Headers = { ["Location"] = "/cache/config.json" } }
            : request.Path is "/cache/config.json" ? _hub.Content(request, "config.json") : null;

        (await PullAsync("--token-from", TokenVariable)).Code.ShouldBe(0);

        _hub.Hub.Requests.Single(r => r.Path is "/cache/config.json").Authorization.ShouldBe($"Bearer {Token}");
    }

    [Theory]
    [InlineData("file:///etc/passwd", "which is not followed")]
    [InlineData("ftp://127.0.0.1/x", "which is not followed")]
    [InlineData("/again", "redirected more than 10 times")]
    public async Task Pull_RedirectThatLeadsNowhere_Fails(string location, string message)
    {
        _hub.Intercept = request => new Response(302, []) { Headers = { ["Location"] = location } };

        (await Should.ThrowAsync<RunException>(PullerAsync)).Message.ShouldContain(message);
    }

    [Fact]
    public async Task Pull_WrongChecksum_ExitsWith1AndTheNextPullDownloadsTheFileAnew()
    {
        byte[] wrong = [.. Weights];
        wrong[^1] ^= 1;
        _hub.Intercept = request => request.Path.StartsWith("/signed/", StringComparison.Ordinal) ? new Response(200, wrong) : null;

        Output pulled = await PullAsync("--token-from", TokenVariable);

        pulled.Code.ShouldBe(1);
        pulled.Error.ShouldContain("model.safetensors: what was downloaded has another checksum");
        pulled.Error.ShouldNotContain(Token);
        Directory.Exists(_folder).ShouldBeFalse();

        _hub.Intercept = _ => null;
        await PullerAsync();
        _hub.Storage.Requests.Select(r => r.From).ShouldBe([0, 0]);
    }

    [Fact]
    public async Task Pull_WrongGitBlob_ExitsWith1()
    {
        _hub.Intercept = request => request.Path.EndsWith("/tokenizer.json", StringComparison.Ordinal)
            ? new Response(200, new byte[_hub.File("tokenizer.json").Length])
            : null;

        Output pulled = await PullAsync();

        pulled.Code.ShouldBe(1);
        pulled.Error.ShouldContain("tokenizer.json: what was downloaded has another checksum");
    }

    [Fact]
    public async Task Pull_OtherLengthThanListed_IsNotTaken()
    {
        _hub.Intercept = request => request.Path.StartsWith("/signed/", StringComparison.Ordinal) ? new Response(200, [.. Weights, 0]) : null;

        (await Should.ThrowAsync<RunException>(PullerAsync)).Message
            .ShouldContain($"listed with {Weights.Length} bytes, sent with {Weights.Length + 1}");
        new FileInfo(PartOfWeights).Length.ShouldBe(0);
    }

    [Theory]
    [InlineData(403, "GatedRepo", false, "Accept the repository's conditions on its page, and give a token by the environment variable HF_TOKEN")]
    [InlineData(401, "GatedRepo", true, "give the token of an account that did")]
    [InlineData(403, "", true, "access is restricted (403)")]
    [InlineData(401, "RepoNotFound", false, "there is no such repository, or it is not public (401). Check the name, or give a token")]
    [InlineData(401, "", true, "the token is not accepted (401)")]
    [InlineData(404, "RepoNotFound", false, "there is no such repository (404)")]
    [InlineData(404, "RevisionNotFound", false, "has no such revision (404). Check --revision")]
    public async Task Pull_Refused_SaysWhyAndExitsWith2(int status, string code, bool withToken, string message)
    {
        _hub.Intercept = _ => new Response(status, []) { Headers = { ["X-Error-Code"] = code } };

        Output pulled = await PullAsync(withToken ? ["--token-from", TokenVariable] : []);

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain(message);
        pulled.Error.ShouldNotContain(Token);
        Directory.Exists(Partial).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData("a\\b")]
    [InlineData("c:b")]
    [InlineData("a//b")]
    [InlineData("a\u001bb")]
    [InlineData("..")]
    [InlineData("a.")]
    public async Task Pull_PathThatIsNoName_IsRefusedAndNothingIsWritten(string path)
    {
        _hub.Add(path, "x");

        Output pulled = await PullAsync();

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain("which is no name for one");
        pulled.Error.ShouldNotContain("\u001b");
        _hub.Downloads.ShouldBeEmpty();
        Directory.Exists(Partial).ShouldBeFalse();
    }

    [Fact]
    public async Task Pull_Shards_GetsThoseTheIndexNames()
    {
        using FakeHub hub = new();
        hub.Add("config.json", "{}");
        hub.Add("model-1.safetensors", [1, 2], large: true);
        hub.Add("model-2.safetensors", [3], large: true);
        hub.Add("consolidated.safetensors", [1, 2, 3], large: true);
        hub.Add("model.safetensors.index.json", """{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}""");

        await PullerAsync(hub);

        Names(_folder).ShouldBe(["config.json", "model-1.safetensors", "model-2.safetensors", "model.safetensors.index.json", "pull.json"]);
    }

    [Theory]
    [InlineData("""{"weight_map": {"a": "../x"}}""", "which is not there")]
    [InlineData("""{"weight_map": {"a": "sub/x.safetensors"}}""", "which is not there")]
    [InlineData("""{"weight_map": {"a": 1}}""", "is not an index")]
    [InlineData("""{"weight_map": []}""", "is not an index")]
    [InlineData("""[]""", "is not an index")]
    public async Task Pull_IndexThatIsNone_IsRefused(string index, string message)
    {
        using FakeHub hub = new();
        hub.Add("config.json", "{}");
        hub.Add("sub/x.safetensors", [1]);
        hub.Add("model.safetensors.index.json", index);

        (await Should.ThrowAsync<InputException>(() => PullerAsync(hub))).Message.ShouldContain(message);
    }

    [Fact]
    public async Task Pull_File_GetsItAlone()
    {
        _hub.Add("gguf/model.gguf", [1, 2, 3]);

        (await PullAsync("--file", "gguf/model.gguf")).Code.ShouldBe(0);

        Names(_folder).ShouldBe(["model.gguf", "pull.json"]);
    }

    [Fact]
    public async Task Pull_RepositoryWithoutPolicy_NamesItsGgufFiles()
    {
        using FakeHub hub = new();
        hub.Add("config.json", "{}");
        hub.Add("model.Q8_0.gguf", [1]);

        InputException error = await Should.ThrowAsync<InputException>(() => PullerAsync(hub));

        error.Message.ShouldBe("org/name: has no model.safetensors; a policy needs both. It has GGUF files, to be named by --file: model.Q8_0.gguf.");
    }

    [Fact]
    public async Task Pull_DiskTooSmall_FailsBeforeTheFirstByte()
    {
        RunException error = await Should.ThrowAsync<RunException>(() => PullerAsync(_hub, freeBytes: 1000));

        error.Message.ShouldContain("1000 are free");
        _hub.Downloads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pull_WhileAnotherIsAtIt_IsRefused()
    {
        using (PullFolder.Begin(_folder))
        {
            (await PullAsync()).Code.ShouldBe(2);
        }

        (await PullAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Pull_Cancelled_ExitsWith130AndTheNextPullGoesOn()
    {
        using CancellationTokenSource stop = new();
        _hub.Intercept = request =>
        {
            if (!request.Path.StartsWith("/signed/", StringComparison.Ordinal))
            {
                return null;
            }

            stop.Cancel();
            return _hub.Content(request, "model.safetensors", cutAfter: 10);
        };

        Output stopped = await Program.RunAsync(new StringWriter(), "", Arguments(), stop.Token);

        stopped.Code.ShouldBe(130);
        stopped.Error.ShouldContain("The same command goes on");
        _hub.Intercept = _ => null;
        (await PullAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Pull_OnATerminal_EndsInTheFolder()
    {
        Output pulled = await Program.RunAsync(new StringWriter(), "", Arguments(), TestContext.Current.CancellationToken, interactive: true);

        pulled.Code.ShouldBe(0, pulled.Error);
        pulled.Text.ShouldContain($"Wrote {_folder}: 4 files");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pull_Dataset_GetsTheFileOfProblemsAndNothingElse(bool named)
    {
        _hub.Add("data/train.jsonl", Encoding.UTF8.GetBytes("{\"question\": \"1+1\", \"answer\": \"2\"}\n"));
        if (named)
        {
            _hub.Add("data/test.parquet", new byte[10], large: true);
            _hub.Add("data/more.json.gz", new byte[10]);
        }

        foreach (string json in new[] { "config.json", "tokenizer.json", "tokenizer_config.json" })
        {
            _hub.Remove(json);
        }

        Output pulled = await PullAsync(["--dataset", .. named ? (string[])["--file", "data/train.jsonl"] : []]);

        pulled.Code.ShouldBe(0, pulled.Error);
        Names(_folder).ShouldBe(["pull.json", "train.jsonl"]);
        File.ReadAllBytes(Path.Combine(_folder, "train.jsonl")).ShouldBe(_hub.File("data/train.jsonl"));
        _hub.Hub.Requests.Select(r => r.Path).ShouldBe(
            [$"/api/datasets/{FakeHub.Repository}/revision/main?blobs=true", $"/datasets/{FakeHub.Repository}/resolve/{_hub.Commit}/data/train.jsonl"]);
        (await PullAsync()).Error.ShouldContain("holds ", customMessage: "a model is another thing");
    }

    [Fact]
    public async Task Pull_DatasetOfOtherContent_ExitsWith1AndLeavesNoFile()
    {
        _hub.Add("data/train.csv", "question,answer\n1+1,2\n");
        _hub.Intercept = request => request.Path.EndsWith("/train.csv", StringComparison.Ordinal)
            ? new Response(200, new byte[_hub.File("data/train.csv").Length])
            : null;

        Output pulled = await PullAsync("--dataset", "--file", "data/train.csv");

        pulled.Code.ShouldBe(1);
        pulled.Error.ShouldContain("data/train.csv: what was downloaded has another checksum");
        Directory.Exists(_folder).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, "has 3 files of problems; choose one with --file. There are config.json, tokenizer.json, tokenizer_config.json.")]
    [InlineData("model.safetensors", "has no file of problems \"model.safetensors\"; expected is one that ends with .jsonl, .json, .csv, .parquet.")]
    [InlineData("none.csv", "has no file of problems \"none.csv\"")]
    public async Task Pull_DatasetOfSeveralOrOtherFiles_ExitsWith2AndNamesThem(string? file, string message)
    {
        Output pulled = await PullAsync(["--dataset", .. file is null ? (string[])[] : ["--file", file]]);

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain(message);
        _hub.Downloads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pull_DatasetWithoutProblems_ExitsWith2()
    {
        foreach (string json in new[] { "config.json", "tokenizer.json", "tokenizer_config.json" })
        {
            _hub.Remove(json);
        }

        Output pulled = await PullAsync("--dataset");

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain("has no file of problems; expected is one that ends with .jsonl, .json, .csv, .parquet.");
    }

    [Theory]
    [InlineData("../name", "is no repository")]
    [InlineData("a/b/c", "is no repository")]
    [InlineData("a/..", "is no repository")]
    [InlineData("https://huggingface.co/a/b", "is no repository")]
    public async Task Pull_NoRepository_ExitsWith2WithoutAsking(string repository, string message)
    {
        Output pulled = await Program.RunAsync("pull", repository, "--endpoint", _hub.Hub.Address, "--out", _folder);

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain(message);
        _hub.Hub.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("pull.json")]
    [InlineData("PULL.json")]
    [InlineData("pull.lock")]
    [InlineData("below/pull.json")]
    [InlineData("model.safetensors.0123456789ab.part")]
    public async Task Pull_FileNamedAsAPullsOwn_IsRefusedAndNothingIsWritten(string path)
    {
        _hub.Add(path, "{}");

        Output pulled = await PullAsync("--file", path);

        pulled.Code.ShouldBe(2);
        pulled.Error.ShouldContain("a name that pull keeps for itself");
        Directory.Exists(Partial).ShouldBeFalse();
        (await PullAsync()).Code.ShouldBe(0, "a policy beside it is pulled");
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("pull.json")]
    [InlineData("README.md")]
    public async Task Pull_IndexThatNamesAnotherFileAsAShard_IsRefused(string shard)
    {
        using FakeHub hub = new();
        hub.Add("config.json", "{}");
        hub.Add("README.md", "a page");
        hub.Add("pull.json", "{}");
        hub.Add("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"" + shard + "\"}}");

        (await Should.ThrowAsync<InputException>(() => PullerAsync(hub))).Message.ShouldContain($"\"{shard}\"");
    }

    [Fact]
    public async Task Pull_FailedBetweenItsLastTwoActs_IsFinishedByTheNextPull()
    {
        (await PullAsync()).Code.ShouldBe(0);
        Directory.Move(_folder, Partial);
        int downloads = _hub.Downloads.Count();

        Output again = await PullAsync();

        again.Code.ShouldBe(0, again.Error);
        Names(_folder).ShouldBe(["config.json", "model.safetensors", "pull.json", "tokenizer.json", "tokenizer_config.json"]);
        _hub.Downloads.Count().ShouldBe(downloads);
    }

    [Theory]
    [InlineData("\u001b[31mred", "X-Plain")]
    [InlineData("-", "X \u001b[31mred")]
    public async Task Pull_BytesOfTheHub_ReachNoTerminal(string reason, string header)
    {
        _hub.Intercept = _ => new(200, Encoding.UTF8.GetBytes("\u001b[2J" + new string('x', 100_000)))
        {
            Reason = reason,
            Headers = { [header] = new string('x', 20_000) },
        };

        Exception error = await Should.ThrowAsync<Exception>(() => PullerAsync(_hub));

        (error is InputException or RunException).ShouldBeTrue(error.GetType().Name);
        error.Message.ShouldNotContain("\u001b", Case.Sensitive);
        error.Message.Length.ShouldBeLessThan(2000);
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private string[] Arguments(params string[] more) => ["pull", FakeHub.Repository, "--endpoint", _hub.Hub.Address, "--out", _folder, .. more];

    private Task<Output> PullAsync(params string[] more) => Program.RunAsync(Arguments(more));

    /// <summary>As the command, without waiting between attempts.</summary>
    private Task<PullResult> PullerAsync() => PullerAsync(_hub);

    private async Task<PullResult> PullerAsync(FakeHub hub, long freeBytes = long.MaxValue)
    {
        using HubClient client = new(new Uri(hub.Hub.Address + "/"), token: null);
        Puller puller = new(client, new HubRetry(TimeSpan.Zero), new Unobserved()) { FreeBytes = _ => freeBytes };
        return await puller.RunAsync(new(new(FakeHub.Repository, IsDataset: false), "main", null, _folder), TestContext.Current.CancellationToken);
    }

    private sealed class Unobserved : IPullObserver
    {
        public void OnPlan(string commit, IReadOnlyList<HubFile> files)
        {
        }

        public void OnBytes(HubFile file, long bytes, bool downloaded)
        {
        }

        public void OnFile(HubFile file)
        {
        }
    }
}
