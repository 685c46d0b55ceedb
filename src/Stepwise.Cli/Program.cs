Console.WriteLine("stepwise");
