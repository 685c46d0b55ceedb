using System.Text.Json;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Code;

namespace Stepwise.Tests.Tasks.Code;

/// <summary>Verdicts on programs, on machines where there is a sandbox and Python; tests are skipped on others.</summary>
internal static class CodeBench
{
    private static readonly Lazy<Task<string?>> WithoutPython = new(() => FindMissingAsync(new Python()));
    private static readonly Lazy<Task<string?>> WithoutCSharp = new(() => FindMissingAsync(new CSharp()));

    /// <summary>Skips the running test where programs cannot be run here.</summary>
    public static Task RequireAsync() => RequireAsync(WithoutPython);

    /// <summary>Skips the running test where programs in C# cannot be run here.</summary>
    public static Task RequireCSharpAsync() => RequireAsync(WithoutCSharp);

    /// <summary>The verdict on a program that is tested as MBPP's are.</summary>
    public static Task<Verdict> VerifyAsync(string program, string reference, params string[] tests) =>
        VerifyAsync(new CodeOptions(), program, reference, tests);

    public static async Task<Verdict> VerifyAsync(CodeOptions options, string program, string reference, params string[] tests)
    {
        await RequireAsync();
        using CodeTask task = new(options);
        return await task.VerifyAsync(Problem(reference, tests), Complete.Text(Fenced(program)), TestContext.Current.CancellationToken);
    }

    public static Problem Problem(string reference, params string[] tests) =>
        Problem(new Mbpp(), new { text = "q", code = reference, test_list = tests });

    public static Problem Problem(CodeForm form, object fields)
    {
        using JsonDocument document = JsonDocument.Parse(JsonSerializer.Serialize(fields));
        return form.Read(new FileRecord("test.jsonl, line 1", 1, document.RootElement), "test-1");
    }

    public static string Fenced(string program) => $"Here it is.\n```python\n{program}\n```\n";

    private static async Task RequireAsync(Lazy<Task<string?>> missing) => Assert.SkipWhen(
        await missing.Value is not null, $"Programs cannot be run here: {await missing.Value}");

    private static async Task<string?> FindMissingAsync(CodeLanguage language)
    {
        try
        {
            using CodeTask task = new(new() { Form = new InputOutput(), Language = language });
            await task.PrepareAsync();
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    }
}
