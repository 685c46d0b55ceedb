using Stepwise.Evaluation.Judges;
using Stepwise.Problems;

namespace Stepwise.Tests.Evaluation.Judges;

public sealed class LabelledTraceTests : IDisposable
{
    private const string Good = """{"id":"a","problem":"How  much?","steps":["One.","Two.","Three."],"label":1,"final_answer_correct":false}""";

    private static readonly Problem[] References = [new("7", " How much?\n", "2", "1 + 1 = 2")];

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_TraceOfAKnownQuestion_GoesWithItsReference()
    {
        LabelledTrace trace = Read($"[{Good}]").ShouldHaveSingleItem();

        trace.Problem.ShouldBe(References[0]);
        trace.Steps.Select(step => step.Text).ShouldBe(["One.", "Two.", "Three."]);
        (trace.FirstError, trace.IsErroneous, trace.AnswerCorrect).ShouldBe((2, true, false));
        trace.RightBeginning.Select(step => step.Text).ShouldBe(["One."]);
    }

    [Fact]
    public void Read_CorrectTraceOfAnUnknownQuestion_HasNoSolution()
    {
        LabelledTrace trace = Read($"[{Good.Replace("\"label\":1", "\"label\":-1").Replace("much", "many")}]").ShouldHaveSingleItem();

        trace.Problem.Solution.ShouldBeNull();
        (trace.FirstError, trace.IsErroneous, trace.RightBeginning.Count).ShouldBe((4, false, 1));
    }

    [Theory]
    [InlineData("[", "not a JSON list")]
    [InlineData("{}", "expected a JSON list")]
    [InlineData("[]", "expected a JSON list")]
    [InlineData("[5]", "entry 0: the field \"id\"")]
    [InlineData("""[{"id":"a","problem":"b","steps":"c","label":0}]""", "the field \"steps\" is missing or of another kind; expected a list")]
    [InlineData("""[{"id":"a","problem":"b","steps":[5],"label":0}]""", "something other than a string")]
    [InlineData("""[{"id":"a","problem":"b","steps":[],"label":-1}]""", "at least one step")]
    [InlineData("""[{"id":"a","problem":"b","steps":["c"],"label":1}]""", "allowed is −1 to 0")]
    [InlineData("""[{"id":"a","problem":"b","steps":["c"],"label":-2}]""", "allowed is −1 to 0")]
    [InlineData("""[{"id":"a","problem":"b","steps":["c"],"label":0.5}]""", "allowed is −1 to 0")]
    [InlineData("""[{"id":"a","problem":"\ud800","steps":["c"],"label":0}]""", "surrogate")]
    [InlineData("""[{"id":"a","problem":"b","steps":["c"],"label":0,"\ud800":1}]""", "the name of a field")]
    public void Read_BadFile_SaysWhereAndWhat(string content, string message)
    {
        string error = Should.Throw<InputException>(() => Read(content)).Message;

        error.ShouldStartWith(_path);
        error.ShouldContain(message);
    }

    [Fact]
    public void Read_NoFile_IsAnInputError() =>
        Should.Throw<InputException>(() => LabelledTrace.Read(_path + "-absent", References)).Message.ShouldContain("cannot be read");

    [Fact]
    public void Read_MutatedFile_GivesTracesOrAClearError()
    {
        for (ulong run = 0; run < 500; run++)
        {
            ulong key = CounterRandom.Key(5, run);
            char[] text = $"[{Good},{Good}]".ToCharArray();
            for (ulong i = 0; i < 3; i++)
            {
                text[CounterRandom.Integer(key, 2 * i, text.Length)] = (char)CounterRandom.Integer(key, (2 * i) + 1, 128);
            }

            try
            {
                Read(new string(text)).ShouldNotBeEmpty();
            }
            catch (InputException error)
            {
                error.Message.ShouldStartWith(_path);
            }
        }
    }

    private IReadOnlyList<LabelledTrace> Read(string content)
    {
        File.WriteAllText(_path, content);
        return LabelledTrace.Read(_path, References);
    }
}
