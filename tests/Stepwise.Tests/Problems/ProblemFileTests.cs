using System.Text;
using Stepwise.Problems;

namespace Stepwise.Tests.Problems;

public sealed class ProblemFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_StringsAndNumbers_AreTakenAsWritten()
    {
        Write("""
            {"id": "a", "prompt": "1+1", "answer": "2", "solution": "1+1=2\n#2", "level": 3}

            {"id": 7, "prompt": "é?", "answer": 1.50, "solution": null}
            """);
        ProblemFile.Read(_path).ShouldBe([new Problem("a", "1+1", "2", "1+1=2\n#2"), new Problem("7", "é?", "1.50")]);
    }

    [Fact]
    public void Read_HintsAndDifficulty_AreOptional()
    {
        Write("""
            {"id": "a", "prompt": "1+1", "answer": "2", "hints": ["weak", "strong"], "difficulty": "level 3"}
            {"id": "b", "prompt": "1+1", "answer": "2", "hints": null, "difficulty": 0.5}
            """);
        ProblemFile.Read(_path).ShouldBe(
            [new Problem("a", "1+1", "2") { Hints = ["weak", "strong"], Difficulty = 3 }, new Problem("b", "1+1", "2") { Difficulty = 0.5 }]);
    }

    [Fact]
    public void Read_ByteOrderMarkAndCarriageReturns_AreSkipped()
    {
        File.WriteAllText(_path, "{\"id\":1,\"prompt\":\"p\",\"answer\":2}\r\n \t\r\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        ProblemFile.Read(_path).ShouldBe([new Problem("1", "p", "2")]);
    }

    [Theory]
    [InlineData("{\"id\":1,\"prompt\":\"p\"}", "line 2", "\"answer\" is missing", "string or a number")]
    [InlineData("{\"id\":1,\"prompt\":5,\"answer\":2}", "line 2", "\"prompt\" is a number", "expected a string")]
    [InlineData("{\"id\":[1],\"prompt\":\"p\",\"answer\":2}", "line 2", "\"id\" is a list", "string or a number")]
    [InlineData("{\"id\":1,\"prompt\":\"p\",\"answer\":true}", "line 2", "\"answer\" is a truth value", "string or a number")]
    [InlineData("{\"id\":1,\"prompt\":\" \",\"answer\":2}", "line 2", "\"prompt\" is blank", "string")]
    [InlineData("{\"id\":1,\"prompt\":\"\\ud800\",\"answer\":2}", "line 2", "\"prompt\"", "surrogate")]
    [InlineData("{\"id\":1,\"prompt\":\"p\",\"answer\":2,\"\\ud800\":1}", "line 2", "not a JSON object", "the name of a field")]
    [InlineData("{\"id\":1,\"prompt\":\"p\",\"answer\":2,\"x\":[{\"\\udc00\":1}]}", "line 2", "not a JSON object", "surrogate")]
    [InlineData("{\"id\":0,\"prompt\":\"p\",\"answer\":2}", "line 2", "\"0\" is taken by", "line 1;")]
    [InlineData("{\"id\":1,\"id\":2,\"prompt\":\"p\",\"answer\":2}", "line 2", "not a JSON object", "id")]
    [InlineData("{\"id\":1,", "line 2", "not a JSON object", "")]
    [InlineData("[1]", "line 2", "found a JSON list", "one object per line")]
    public void Read_BadLine_ErrorNamesLineFoundAndAllowed(string line, string where, string found, string allowed)
    {
        Write("{\"id\":0,\"prompt\":\"p\",\"answer\":2}\n" + line);
        string message = Should.Throw<InputException>(() => ProblemFile.Read(_path)).Message;
        message.ShouldContain(_path);
        message.ShouldContain(where);
        message.ShouldContain(found);
        message.ShouldContain(allowed);
    }

    [Fact]
    public void Read_NothingButBlankLines_IsRefused()
    {
        Write("\n  \n");
        Should.Throw<InputException>(() => ProblemFile.Read(_path)).Message.ShouldContain("holds no problem");
    }

    [Fact]
    public void Read_MissingFile_IsRefused() =>
        Should.Throw<InputException>(() => ProblemFile.Read(_path + ".absent")).Message.ShouldContain("cannot be opened");

    [Fact]
    public void Read_LineBeyondTheBound_IsRefused()
    {
        Write("\n{\"id\":\"" + new string('x', JsonLines.MaxLineBytes));
        Should.Throw<InputException>(() => ProblemFile.Read(_path)).Message.ShouldContain("line 2: the line is longer than");
    }

    [Fact]
    public void Read_InvalidUtf8_IsRefused()
    {
        File.WriteAllBytes(_path, [.. "{\"id\":1,\"prompt\":\""u8, 0xFF, .. "\",\"answer\":2}"u8]);
        Should.Throw<InputException>(() => ProblemFile.Read(_path)).Message.ShouldContain("line 1: the line is not valid UTF-8");
    }

    [Fact]
    public void Read_CheckRefuses_ErrorNamesLine()
    {
        Write("\n{\"id\":1,\"prompt\":\"p\",\"answer\":2}");
        Should.Throw<InputException>(() => ProblemFile.Read(_path, _ => throw new InputException("not mine")))
            .Message.ShouldEndWith("line 2: not mine");
    }

    [Fact]
    public void Read_RandomBytes_GivesProblemsOrInputException()
    {
        byte[] seed = Encoding.UTF8.GetBytes("{\"id\":1,\"prompt\":\"a\\u00e9\",\"answer\":2.5}\n{\"id\":\"x\",\"prompt\":\"b\",\"answer\":\"3\"}\n");
        for (ulong run = 0; run < 300; run++)
        {
            byte[] bytes = [.. seed];
            for (ulong change = 0; change < 3; change++)
            {
                ulong key = CounterRandom.Key(run, change);
                bytes[CounterRandom.Integer(key, 0, bytes.Length)] = (byte)CounterRandom.Integer(key, 1, 256);
            }

            File.WriteAllBytes(_path, bytes);
            try
            {
                ProblemFile.Read(_path).ShouldNotBeEmpty();
            }
            catch (InputException e)
            {
                e.Message.ShouldContain(_path);
            }
        }
    }

    private void Write(string text) => File.WriteAllText(_path, text);
}
