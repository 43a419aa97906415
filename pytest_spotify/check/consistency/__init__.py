"""What holds in every answer of the Web API and no schema can say: an answer does not contradict itself."""
