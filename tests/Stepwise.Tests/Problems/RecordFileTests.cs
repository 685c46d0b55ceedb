using System.Text;
using Parquet.Serialization;
using Stepwise.Problems;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Problems;

public sealed class RecordFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jsonl", "{\"q\":\"1, 2\",\"a\":\"3\"}\n{\"q\":\"a \\\"b\\\"\\nc\",\"a\":\"4\"}\n", "line 1", "line 2")]
    [InlineData("a.json", " [{\"q\":\"1, 2\",\"a\":\"3\"},\n{\"q\":\"a \\\"b\\\"\\nc\",\"a\":\"4\"}]", "item 1", "item 2")]
    [InlineData("b.JSON", "{\"q\":\"1, 2\",\"a\":\"3\"}\n{\"q\":\"a \\\"b\\\"\\nc\",\"a\":\"4\"}\n", "line 1", "line 2")]
    [InlineData("a.csv", "q,a\r\n\"1, 2\",3\r\n\"a \"\"b\"\"\nc\",4\r\n", "line 2", "line 3")]
    public void Read_EveryForm_GivesTheSameRecords(string name, string content, string first, string second)
    {
        string path = Write(name, content);
        Read(path).ShouldBe([($"{path}, {first}", "1, 2", "3"), ($"{path}, {second}", "a \"b\"\nc", "4")]);
    }

    [Fact]
    public async Task Read_Parquet_GivesTheRowsOfEveryGroup()
    {
        string path = _folder.In("a.parquet");
        await WriteParquet(path, [new Row { Q = "1, 2", A = "3" }, new Row { Q = "a \"b\"\nc", A = "4" }]);
        Read(path).ShouldBe([($"{path}, row 1", "1, 2", "3"), ($"{path}, row 2", "a \"b\"\nc", "4")]);
    }

    [Fact]
    public async Task Read_ParquetOfEveryKind_IsAsInJson()
    {
        string path = _folder.In("a.parquet");
        await WriteParquet(
            path,
            [
                new Kinds { Number = 7, Share = double.NaN, Exact = 1.50m, True = true, Tags = ["x", "y"], Chat = [new() { Role = "user", Content = "hi" }] },
                new Kinds { Tags = [], Chat = [] },
            ]);
        string[] rows = [.. RecordFile.Read(path).Select(record => record.Object.GetRawText())];
        rows[0].ShouldBe("""{"Number":7,"Share":"NaN","Exact":1.5,"True":true,"Tags":["x","y"],"Chat":[{"Role":"user","Content":"hi"}]}""");
        rows[1].ShouldContain("\"Number\":null");
        rows[1].ShouldContain("\"Chat\":[]");
    }

    [Theory]
    [InlineData("a.txt", "x", "the ending \".txt\" says no format; allowed are .jsonl, .json, .csv, .parquet")]
    [InlineData("a", "x", "a missing ending says no format")]
    [InlineData("a.json", "[]", "holds no problem")]
    [InlineData("a.json", "5", "holds no problem")]
    [InlineData("a.json", "", "not a JSON array of objects")]
    [InlineData("a.json", "[{\"q\":\"1\",\"a\":1},2]", "item 2: found a JSON number; expected an object")]
    [InlineData("a.json", "[{\"a\":1}", "not a JSON array of objects")]
    [InlineData("a.json", "[{\"a\":1,\"a\":2}]", "not a JSON array of objects")]
    [InlineData("a.csv", "", "holds no problem")]
    [InlineData("a.csv", "q,a\n", "holds no problem")]
    [InlineData("a.csv", "q,a\n1\n", "line 2: the row has 1 value, the header 2 names")]
    [InlineData("a.csv", "q,a\n1,2,3\n", "line 2: the row has 3 values, the header 2 names")]
    [InlineData("a.csv", "q,q\n1,2\n", "the header has \"q\" twice")]
    [InlineData("a.csv", "q,\n1,2\n", "line 1: a name of the header is blank")]
    [InlineData("a.csv", "q,a\n5\" pipe,2\n", "line 2: the quotes of")]
    [InlineData("a.csv", "q,a\n1,\"2\n3,4\n", "line 2: the quotes of")]
    [InlineData("a.parquet", "PAR1", "cannot be read as Parquet")]
    [InlineData("a.parquet", "", "cannot be read as Parquet")]
    public void Read_WhatIsNotAsItsEndingSays_IsRefused(string name, string content, string expected)
    {
        string path = Write(name, content);
        string message = Should.Throw<InputException>(() => Read(path)).Message;
        message.ShouldStartWith(path);
        message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("a.json")]
    [InlineData("a.csv")]
    public void Read_NotUtf8_IsRefused(string name)
    {
        string path = _folder.In(name);
        File.WriteAllBytes(path, [.. "[\"q,a\n"u8, 0xC3, 0x28]);
        Should.Throw<InputException>(() => Read(path)).Message.ShouldContain("not valid UTF-8");
    }

    [Fact]
    public void Read_CsvRowWithoutEnd_IsRefusedAtItsBound()
    {
        string path = Write("a.csv", "q,a\n\"" + new string('x', JsonLines.MaxLineBytes) + "\",2\n");
        Should.Throw<InputException>(() => Read(path)).Message.ShouldContain("line 2: the row is longer than");
    }

    [Fact]
    public void Read_NoFile_IsRefused() =>
        Should.Throw<InputException>(() => Read(_folder.In("none.csv"))).Message.ShouldContain("cannot be opened");

    /// <summary>Whatever bytes are changed, a file is read or refused.</summary>
    [Theory]
    [InlineData("a.jsonl", 2000)]
    [InlineData("a.json", 2000)]
    [InlineData("a.csv", 2000)]
    [InlineData("a.parquet", 600)]
    public async Task Read_ChangedBytes_ReadsOrRefuses(string name, int rounds)
    {
        byte[] sound = await Sound(name);
        Random random = new(name.Length);
        string path = _folder.In("changed" + Path.GetExtension(name));
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] changed = [.. sound];
            for (int change = 0; change <= round % 3; change++)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            await File.WriteAllBytesAsync(path, changed[..random.Next(1, changed.Length + 1)], TestContext.Current.CancellationToken);
            try
            {
                RecordFile.Read(path).Sum(record => record.Object.GetRawText().Length).ShouldBePositive();
            }
            catch (InputException error)
            {
                refused++;
                error.Message.ShouldContain(path);
            }
        }

        refused.ShouldBeInRange(1, rounds);
    }

    private async Task<byte[]> Sound(string name)
    {
        string path = _folder.In(name);
        if (Path.GetExtension(name) is ".parquet")
        {
            await WriteParquet(path, [new Row { Q = "1, 2", A = "3" }, new Row { Q = "b", A = null }]);
        }
        else
        {
            Write(name, Path.GetExtension(name) switch
            {
                ".csv" => "q,a\n\"1, 2\",3\n\"a \"\"b\"\"\nc\",4\n",
                ".json" => "[{\"q\":\"1, 2\",\"a\":3},{\"q\":[\"b\"],\"a\":{\"c\":null}}]",
                _ => "{\"q\":\"1, 2\",\"a\":3}\n{\"q\":[\"b\"],\"a\":{\"c\":null}}\n",
            });
        }

        return await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
    }

    private static Task<Parquet.Schema.ParquetSchema> WriteParquet<T>(string path, IEnumerable<T> rows) => ParquetSerializer.SerializeAsync(
        rows, path, new Parquet.ParquetOptions { RowGroupSize = 1 }, cancellationToken: TestContext.Current.CancellationToken);

    private static (string Place, string Question, string Answer)[] Read(string path) =>
        [.. RecordFile.Read(path).Select(record => (record.Place, record.Text("q"), record.Text("a", orNumber: true)))];

    private string Write(string name, string content)
    {
        string path = _folder.In(name);
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    private sealed record Row
    {
        [System.Text.Json.Serialization.JsonPropertyName("q")]
        public string? Q { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("a")]
        public string? A { get; init; }
    }

    private sealed record Turn
    {
        public string? Role { get; init; }

        public string? Content { get; init; }
    }

    private sealed record Kinds
    {
        public int? Number { get; init; }

        public double? Share { get; init; }

        public decimal? Exact { get; init; }

        public bool? True { get; init; }

        public List<string>? Tags { get; init; }

        public List<Turn>? Chat { get; init; }
    }
}
